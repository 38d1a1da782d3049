// places[i] = the map position of new point i's likeliest neighbour: a better start than the mean over neighbours,
// which may lie between clusters. Velocity starts at 0.

struct Params { points: u32, k: u32 }
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> y: array<vec2f>;            // [n]: the map
@group(0) @binding(2) var<storage, read> ids: array<u32>;            // [points, k]
@group(0) @binding(3) var<storage, read> p: array<f32>;              // [points, k]
@group(0) @binding(4) var<storage, read_write> places: array<vec2f>; // [points]
@group(0) @binding(5) var<storage, read_write> motion: array<vec4f>; // [points]: velocity, gains

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  let i = (group.y * groups.x + group.x) * 64u + lane;
  if (i >= params.points) { return; }
  var best = i * params.k;
  for (var at = best + 1u; at < (i + 1u) * params.k; at++) {
    if (p[at] > p[best]) { best = at; }
  }
  places[i] = y[ids[best]];
  motion[i] = vec4f(0.0, 0.0, 1.0, 1.0);
}
