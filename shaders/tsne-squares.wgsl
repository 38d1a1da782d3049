// squares[r] = |x[r]|^2

struct Params { rows: u32, quads: u32 } // n, K / 4
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<vec4f>;          // [n, K / 4]
@group(0) @binding(2) var<storage, read_write> squares: array<f32>; // [n]

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  let row = (group.y * groups.x + group.x) * 64u + lane;
  if (row >= params.rows) { return; }
  var sums = vec4f();
  for (var q = 0u; q < params.quads; q++) {
    let v = x[row * params.quads + q];
    sums = fma(v, v, sums);
  }
  squares[row] = (sums.x + sums.y) + (sums.z + sums.w);
}
