// Y[M, N] = X[M, K] * W[N, K]^T, then the epilogue, as gemm.wgsl, by the matrix units of GPUs that have them. A
// workgroup takes a BM x BN tile of Y and walks K in steps of BK through workgroup memory; a subgroup keeps TILES_M x
// TILES_N matrices of sums. Factors are in Component, sums in f32. Where K is split, as in gemm.wgsl.

enable subgroups;
enable chromium_experimental_subgroup_matrix;
// Control flow is uniform within each subgroup, which the uniformity analysis cannot prove.
diagnostic(off, chromium.subgroup_matrix_uniformity);

#constant MAT_M = 8       // a unit multiplies [MAT_M, MAT_K] by [MAT_K, MAT_N] at once
#constant MAT_N = 8
#constant MAT_K = 8
#constant TILES_M = 4     // matrices of sums of a subgroup
#constant TILES_N = 4
#constant SUBGROUPS_M = 2 // subgroups that share the tile
#constant SUBGROUPS_N = 2
#constant SUBGROUP = 32   // the largest subgroup size
#constant BK = 32         // a multiple of MAT_K
#constant SPLITS = 1      // of K
#constant PANEL_GAP = 8   // quads between two panels
#choice "parts/component-f32.wgsl" "parts/component-f16.wgsl"
#choice "parts/gemm-rows-quads.wgsl" "parts/gemm-rows-scalars.wgsl"
#choice "parts/storage-f32.wgsl" "parts/storage-f16.wgsl" "parts/storage-packed16.wgsl" "parts/storage-q8.wgsl"
#choice "parts/gemm-epilogue.wgsl" "parts/distance-epilogue.wgsl"
#include "parts/gemm-splits.wgsl"

struct Params { M: u32, N: u32, K: u32, hasBias: u32, activation: u32, addTo: u32 }
@group(0) @binding(0) var<uniform> params: Params;
// binding 1: x [M, K], by how its rows are read
@group(0) @binding(2) var<storage, read> w: array<WeightQuad>;     // [ceil(N / 4), K + PANEL_GAP] panels of 4 columns
@group(0) @binding(3) var<storage, read> bias: array<f32>;         // [N], or unused
@group(0) @binding(4) var<storage, read_write> y: array<f32>;      // [M, N]; [SPLITS, M, N] where K is split

alias Left = subgroup_matrix_left<Component, MAT_K, MAT_M>;
alias Right = subgroup_matrix_right<Component, MAT_N, MAT_K>;
alias Sum = subgroup_matrix_result<f32, MAT_N, MAT_M>;

const SUBGROUPS = SUBGROUPS_M * SUBGROUPS_N;
const LANES = SUBGROUPS * SUBGROUP;
const BM = SUBGROUPS_M * TILES_M * MAT_M;
const BN = SUBGROUPS_N * TILES_N * MAT_N;
const STRIDE_X = BK + 8; // padded by eight, so that rows start in different banks
const STRIDE_W = BN + 8;
const SUM_QUADS = MAT_M * MAT_N / 4;
var<workgroup> tileX: array<Component, BM * STRIDE_X>;            // [BM][BK]
var<workgroup> tileW: array<Component, BK * STRIDE_W>;            // [BK][BN]
var<workgroup> finished: array<f32, SUBGROUPS * MAT_M * MAT_N>;   // a matrix of sums of each subgroup

@compute @workgroup_size(LANES)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(local_invocation_index) lane: u32,
  @builtin(subgroup_id) subgroup: u32,
) {
  let panels = (params.N + 3u) / 4u;
  let firstRow = group.y * BM;
  let firstPanel = group.x * (BN / 4u);
  let steps = stepsOf(group.z);
  let working = subgroup < SUBGROUPS; // smaller subgroups than SUBGROUP leave surplus ones
  let tileRow = subgroup / SUBGROUPS_N * TILES_M * MAT_M;
  let tileCol = subgroup % SUBGROUPS_N * TILES_N * MAT_N;
  var sums: array<Sum, TILES_M * TILES_N>;

  for (var step = steps.x; step < steps.y; step++) {
    let k0 = step * BK;
    for (var i = lane; i < BM * BK / 4u; i += LANES) {
      let row = i / (BK / 4u);
      let k = i % (BK / 4u) * 4u;
      var values = vec4f(); // zeros beyond M and K add nothing
      if (firstRow + row < params.M) { values = rowQuad(firstRow + row, k0 + k); }
      let factors = component(values);
      for (var j = 0u; j < 4u; j++) { tileX[row * STRIDE_X + k + j] = factors[j]; }
    }
    for (var i = lane; i < BN / 4u * BK; i += LANES) {
      let panel = firstPanel + i / BK;
      let k = i % BK;
      var values = vec4f();
      if (panel < panels && k0 + k < params.K) { values = quad(w[panel * (params.K + PANEL_GAP) + k0 + k]); }
      let factors = component(values);
      for (var j = 0u; j < 4u; j++) { tileW[k * STRIDE_W + i / BK * 4u + j] = factors[j]; }
    }
    workgroupBarrier();
    if (working) {
      for (var k = 0u; k < BK; k += MAT_K) {
        var right: array<Right, TILES_N>;
        for (var n = 0u; n < TILES_N; n++) {
          right[n] = subgroupMatrixLoad<Right, row_major>(&tileW, k * STRIDE_W + tileCol + n * MAT_N, STRIDE_W);
        }
        for (var m = 0u; m < TILES_M; m++) {
          let left = subgroupMatrixLoad<Left, row_major>(&tileX, (tileRow + m * MAT_M) * STRIDE_X + k, STRIDE_X);
          for (var n = 0u; n < TILES_N; n++) {
            let s = m * TILES_N + n;
            sums[s] = subgroupMatrixMultiplyAccumulate(left, right[n], sums[s]);
          }
        }
      }
    }
    workgroupBarrier();
  }

  // WGSL does not define which lane holds which element, so the sums go through workgroup memory.
  for (var s = 0u; s < TILES_M * TILES_N; s++) {
    if (working) {
      subgroupMatrixStore<row_major>(&finished, subgroup * MAT_M * MAT_N, sums[s], MAT_N);
    }
    workgroupBarrier();
    for (var i = lane; i < SUBGROUPS * SUM_QUADS; i += LANES) {
      let owner = i / SUM_QUADS;
      let at = i % SUM_QUADS * 4u;
      let row = firstRow + (owner / SUBGROUPS_N * TILES_M + s / TILES_N) * MAT_M + at / MAT_N;
      let col = firstPanel * 4u + (owner % SUBGROUPS_N * TILES_N + s % TILES_N) * MAT_N + at % MAT_N;
      let f = i * 4u;
      let sum = vec4f(finished[f], finished[f + 1u], finished[f + 2u], finished[f + 3u]);
      if (row < params.M) { finish(group.z, row, col, sum * rowScales(col / 4u)); }
    }
    workgroupBarrier();
  }
}
