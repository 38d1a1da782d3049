// Some rows become candidates of some queries, by squared Euclidean distance |a|^2 + |b|^2 - 2 a.b: each query's k nearest
// so far stay in a heap in the output, which begins full of entries farther than any. Places without a row or a query
// are skipped. No row may be offered to a query twice. Neighbouring lanes read neighbouring dots.

#constant WORKGROUP = 8
#include "../parts/nearest.wgsl"

struct Params { rows: u32, queries: u32, k: u32, same: u32 } // same: the queries are the rows, and none its own neighbour
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> dots: array<f32>;          // [rows, queries]
@group(0) @binding(2) var<storage, read> squares: array<f32>;       // [n]
@group(0) @binding(3) var<storage, read> querySquares: array<f32>;  // [all queries]
@group(0) @binding(4) var<storage, read> rowIds: array<u32>;        // [rows]
@group(0) @binding(5) var<storage, read> queryIds: array<u32>;      // [queries]
@group(0) @binding(6) var<storage, read_write> ids: array<u32>;     // [all queries, k]
@group(0) @binding(7) var<storage, read_write> distances: array<f32>; // [all queries, k], squared

const NONE = 0xffffffffu;

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  let r = (group.y * groups.x + group.x) * WORKGROUP + lane;
  if (r >= params.queries) { return; }
  let query = queryIds[r];
  if (query == NONE) { return; }
  let base = query * params.k;
  let own = querySquares[query];
  var filled = params.k;
  var farthest = distances[base];
  for (var j = 0u; j < params.rows; j++) {
    let id = rowIds[j];
    if (id == NONE || (params.same != 0u && id == query)) { continue; }
    let distance = max(own + squares[id] - 2.0 * dots[j * params.queries + r], 0.0);
    offer(base, params.k, false, &filled, &farthest, Item(distance, id));
  }
}
