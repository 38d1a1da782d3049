// The k of some points nearest to each query of a chunk by squared Euclidean distance |a|^2 + |b|^2 - 2 a.b; if the
// queries are the points, each excludes itself. Ties by lower index. Neighbouring lanes read neighbouring dots. The
// points are processed in parts, this one from `offset` on; a row has seen all points before. back.wgsl adds
// the later points, sort.wgsl sorts.

#constant WORKGROUP = 8
#include "../parts/nearest.wgsl"

struct Params { offset: u32, points: u32, queries: u32, k: u32, chunk: u32, same: u32, ordered: u32 } // R queries a chunk
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> dots: array<f32>;          // [points, R]: points queries[chunk]^T
@group(0) @binding(2) var<storage, read> squares: array<f32>;       // [offset + points ..]
@group(0) @binding(3) var<storage, read> querySquares: array<f32>;  // [queries ..]
@group(0) @binding(4) var<storage, read> first: array<u32>;         // [1]: the chunk's first query
@group(0) @binding(5) var<storage, read_write> ids: array<u32>;     // [queries .., k]
@group(0) @binding(6) var<storage, read_write> distances: array<f32>; // [queries .., k], squared

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  let r = (group.y * groups.x + group.x) * WORKGROUP + lane;
  let row = first[0] + r;
  if (r >= params.chunk || row >= params.queries) { return; }
  let base = row * params.k;
  let own = querySquares[row];
  var filled = min(params.k, params.offset); // a query that is a point is in this part or a later one
  var farthest = 0.0;
  if (filled == params.k) { farthest = distances[base]; }
  for (var j = 0u; j < params.points; j++) {
    let id = params.offset + j;
    if (params.same != 0u && id == row) { continue; }
    let distance = max(own + squares[id] - 2.0 * dots[j * params.chunk + r], 0.0);
    offer(base, params.k, params.ordered != 0u, &filled, &farthest, Item(distance, id));
  }
}
