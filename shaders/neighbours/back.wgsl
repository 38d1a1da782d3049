// Uses a chunk's dot products in reverse: its queries, which are points, become candidates of the points before the
// chunk's band, whose own chunks were processed earlier. So every product is computed once. A point has seen all points
// before the chunk except itself. The dots are of the part of the points from `offset` on.

#constant WORKGROUP = 8
#include "../parts/nearest.wgsl"

struct Params { offset: u32, before: u32, end: u32, k: u32, chunk: u32, ordered: u32 } // the part's points before the band; the band's end
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> dots: array<f32>;          // [.., R]: points queries[chunk]^T
@group(0) @binding(2) var<storage, read> squares: array<f32>;       // [n]
@group(0) @binding(3) var<storage, read> first: array<u32>;         // [1]: the chunk's first query
@group(0) @binding(4) var<storage, read_write> ids: array<u32>;     // [n, k]
@group(0) @binding(5) var<storage, read_write> distances: array<f32>; // [n, k], squared

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  let j = (group.y * groups.x + group.x) * WORKGROUP + lane;
  if (j >= params.before) { return; }
  let base = (params.offset + j) * params.k;
  let own = squares[params.offset + j];
  var filled = min(params.k, first[0] - 1u);
  var farthest = distances[base];
  let count = min(params.chunk, params.end - first[0]);
  for (var r = 0u; r < count; r++) {
    let id = first[0] + r;
    let distance = max(own + squares[id] - 2.0 * dots[j * params.chunk + r], 0.0);
    offer(base, params.k, params.ordered != 0u, &filled, &farthest, Item(distance, id));
  }
}
