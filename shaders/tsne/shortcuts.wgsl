// links[u] = the entries of its targets, so that the walk skips the nodes that entries.wgsl found unnecessary.

#include "../parts/tree-walk.wgsl"

struct Params { n: u32 }
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> nodes: array<vec4f>;        // [2n - 1]: centre of mass, points, reach^2
@group(0) @binding(2) var<storage, read> entries: array<u32>;        // [2n - 1]
@group(0) @binding(3) var<storage, read_write> links: array<vec2u>;  // [2n - 1]: first child, or code; next

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  let node = (group.y * groups.x + group.x) * 64u + lane;
  if (node > 2u * params.n - 2u) { return; }
  var link = links[node];
  if (nodes[node].w >= 0.0) { link.x = entries[link.x]; }
  if (link.y != END) { link.y = entries[link.y]; }
  links[node] = link;
}
