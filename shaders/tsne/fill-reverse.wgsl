// columns[starts[j] + k ..] = the rows that count-reverse.wgsl counted for j, in any order: joint.wgsl sorts them. Of
// the rows j from `first` to `end` - 1, whose entries from `base` on are here.

#include "../parts/neighbour-search.wgsl"

struct Params { n: u32, k: u32, first: u32, end: u32, base: u32 }
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> ids: array<u32>;           // [n, k]
@group(0) @binding(2) var<storage, read> starts: array<u32>;        // [n + 1]
@group(0) @binding(3) var<storage, read_write> filled: array<atomic<u32>>; // [n], zeros
@group(0) @binding(4) var<storage, read_write> columns: array<u32>; // [entries]

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  let i = (group.y * groups.x + group.x) * 64u + lane;
  if (i >= params.n * params.k) { return; }
  let j = ids[i];
  if (j < params.first || j >= params.end) { return; }
  let row = i / params.k;
  if (placeOf(j, row, params.k) != ABSENT) { return; }
  columns[starts[j] - params.base + params.k + atomicAdd(&filled[j], 1u)] = row;
}
