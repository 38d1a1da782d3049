// The peak of the adapter's matrix units: eight independent chains per subgroup, interleaved, and no loads.

enable subgroups;
enable chromium_experimental_subgroup_matrix;
diagnostic(off, chromium.subgroup_matrix_uniformity);

#constant MAT_M = 8 // a unit multiplies [MAT_M, MAT_K] by [MAT_K, MAT_N] at once
#constant MAT_N = 8
#constant MAT_K = 8
#constant LANES = 32 // one subgroup, the largest
#choice "../../shaders/parts/component-f32.wgsl" "../../shaders/parts/component-f16.wgsl"

struct Params { turns: u32 }
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> factors: array<f32>;      // [2]
@group(0) @binding(2) var<storage, read_write> y: array<f32>;      // [workgroups]: read back, to wait for the work

alias Left = subgroup_matrix_left<Component, MAT_K, MAT_M>;
alias Right = subgroup_matrix_right<Component, MAT_N, MAT_K>;
alias Sum = subgroup_matrix_result<f32, MAT_N, MAT_M>;
var<workgroup> finished: array<f32, 8 * MAT_M * MAT_N>;

@compute @workgroup_size(LANES)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  let pair = component(vec4f(factors[0], factors[1], 0.0, 0.0));
  let left = Left(pair.x);
  let right = Right(pair.y);
  var sums: array<Sum, 8>;
  for (var i = 0u; i < params.turns; i++) {
    for (var s = 0u; s < 8u; s++) { sums[s] = subgroupMatrixMultiplyAccumulate(left, right, sums[s]); }
  }
  for (var s = 0u; s < 8u; s++) {
    subgroupMatrixStore<row_major>(&finished, s * MAT_M * MAT_N, sums[s], MAT_N);
  }
  workgroupBarrier();
  if (lane > 0u) { return; }
  var total = 0.0;
  for (var s = 0u; s < 8u; s++) { total += finished[s * MAT_M * MAT_N]; }
  y[group.x] = total;
}
