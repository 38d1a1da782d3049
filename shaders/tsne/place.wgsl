// One step of gradient descent for new points in a map that stays as it is: each minimises its own KL(p_i || q_i),
// q_ij = w_ij / sum_j w_ij, w_ij = 1 / (1 + |y_i - y_j|^2) over the map's points j:
// gradient_i = 2 sum_j (p_ij - q_ij) w_ij (y_i - y_j), p over the k nearest of the data, q over all.
// New points do not interact, so each position is independent of the others; one lane per point.
// Velocity and gains as in gradient.wgsl.

struct Params { points: u32, n: u32, k: u32, momentum: f32, rate: f32 } // new points, those of the map
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
  let place = places[i];
  var attraction = vec2f();
  for (var at = i * params.k; at < (i + 1u) * params.k; at++) {
    let difference = place - y[ids[at]];
    attraction += p[at] / (1.0 + dot(difference, difference)) * difference;
  }
  var repulsion = vec2f();
  var sum = 0.0;
  for (var j = 0u; j < params.n; j++) {
    let difference = place - y[j];
    let w = 1.0 / (1.0 + dot(difference, difference));
    sum += w;
    repulsion += w * w * difference;
  }
  let gradient = 2.0 * (attraction - repulsion / sum);

  let before = motion[i];
  let turned = before.xy * gradient < vec2f();
  let gains = max(select(before.zw * 0.8, before.zw + 0.2, turned), vec2f(0.01));
  let velocity = params.momentum * before.xy - params.rate * gains * gradient;
  motion[i] = vec4f(velocity, gains);
  places[i] = place + velocity;
}
