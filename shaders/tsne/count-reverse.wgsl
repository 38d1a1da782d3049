// lengths[j] += the rows i that have j for a neighbour without being a neighbour of j: what P + P^T adds to row j.
// Atomic: a count does not depend on the order of additions.

#include "../parts/neighbour-search.wgsl"

struct Params { n: u32, k: u32 }
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> ids: array<u32>;           // [n, k]
@group(0) @binding(2) var<storage, read_write> lengths: array<atomic<u32>>; // [n]

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  let i = (group.y * groups.x + group.x) * 64u + lane;
  if (i >= params.n * params.k) { return; }
  let j = ids[i];
  if (placeOf(j, i / params.k, params.k) == ABSENT) { atomicAdd(&lengths[j], 1u); }
}
