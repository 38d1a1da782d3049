// repulsion[i] = (sum q^2 (y_i - y_j), sum q) over all j but i, q = 1 / (1 + |y_i - y_j|^2).
// One lane per point; all lanes read the same y_j at the same time.

struct Params { n: u32 }
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> y: array<vec2f>;               // [n]
@group(0) @binding(2) var<storage, read_write> repulsion: array<vec4f>; // [n]

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  let i = (group.y * groups.x + group.x) * 64u + lane;
  if (i >= params.n) { return; }
  let place = y[i];
  var force = vec2f();
  var sum = 0.0;
  for (var j = 0u; j < params.n; j++) {
    let difference = place - y[j];
    let q = select(1.0 / (1.0 + dot(difference, difference)), 0.0, j == i);
    sum += q;
    force += q * q * difference;
  }
  repulsion[i] = vec4f(force, sum, 0.0);
}
