// squares[offset + r] = |x[r]|^2: x is the part of the points from `offset` on.

struct Params { rows: u32, quads: u32, offset: u32 } // of the part, K / 4
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<vec4f>;          // [rows, K / 4]
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
  squares[params.offset + row] = (sums.x + sums.y) + (sums.z + sums.w);
}
