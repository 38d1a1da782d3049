// Y[M, N] = X[M, K] * W[N, K]^T, then the epilogue: torch.nn.functional.linear with bias, GELU or residual fused.
// For GPUs: a workgroup takes a BM x BN tile of Y and walks K in steps of BK through workgroup memory; a lane keeps
// ROWS x PANELS x 4 sums in registers, and reads four rows or four columns at one k with each load.
// Where the tiles of Y are too few to fill a GPU, SPLITS workgroups share one, each with a part of K; gemm-reduce.wgsl
// adds their partial sums and applies the epilogue.

#constant ROWS = 8      // of a lane, a multiple of 4
#constant PANELS = 2    // of a lane, of four columns each
#constant LANES_M = 8   // lanes of a workgroup: LANES_M x LANES_N
#constant LANES_N = 8
#constant BK = 16       // a multiple of 4
#constant SPLITS = 1    // of K
#constant PANEL_GAP = 8 // quads between two panels
#choice "parts/gemm-rows-quads.wgsl" "parts/gemm-rows-scalars.wgsl"
#choice "parts/storage-f32.wgsl" "parts/storage-f16.wgsl" "parts/storage-packed16.wgsl" "parts/storage-q8.wgsl"
#choice "parts/gemm-product.wgsl" "parts/gemm-difference.wgsl"
#choice "parts/gemm-epilogue.wgsl" "parts/distance-epilogue.wgsl"
#include "parts/gemm-splits.wgsl"

struct Params { M: u32, N: u32, K: u32, hasBias: u32, activation: u32, addTo: u32 }
@group(0) @binding(0) var<uniform> params: Params;
// binding 1: x [M, K], by how its rows are read
@group(0) @binding(2) var<storage, read> w: array<WeightQuad>;     // [ceil(N / 4), K + PANEL_GAP] panels of 4 columns
@group(0) @binding(3) var<storage, read> bias: array<f32>;         // [N], or unused
@group(0) @binding(4) var<storage, read_write> y: array<f32>;      // [M, N]; [SPLITS, M, N] where K is split

const LANES = LANES_M * LANES_N;
const BM = LANES_M * ROWS;
const BP = LANES_N * PANELS; // panels of the tile: BN / 4
var<workgroup> tileX: array<vec4f, BM / 4u * BK>; // [BK][BM / 4] of four rows
var<workgroup> tileW: array<vec4f, BP * BK>;      // [BK][BP]

@compute @workgroup_size(LANES)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  let panels = (params.N + 3u) / 4u;
  let firstRow = group.y * BM;
  let firstPanel = group.x * BP;
  let laneRow = lane / LANES_N;
  let laneCol = lane % LANES_N;
  let steps = stepsOf(group.z);
  var sums: array<vec4f, ROWS * PANELS>;

  for (var step = steps.x; step < steps.y; step++) {
    let k0 = step * BK;
    for (var i = lane; i < BM * BK / 4u; i += LANES) {
      let row = i / (BK / 4u);
      let k = i % (BK / 4u) * 4u;
      var values = vec4f(); // zeros beyond M and K add nothing
      if (firstRow + row < params.M) { values = rowQuad(firstRow + row, k0 + k); }
      for (var j = 0u; j < 4u; j++) { tileX[(k + j) * (BM / 4u) + row / 4u][row % 4u] = values[j]; }
    }
    for (var i = lane; i < BP * BK; i += LANES) {
      let panel = firstPanel + i / BK;
      let k = k0 + i % BK;
      var value = vec4f();
      if (panel < panels && k < params.K) { value = quad(w[panel * (params.K + PANEL_GAP) + k]); }
      tileW[(i % BK) * BP + i / BK] = value;
    }
    workgroupBarrier();
    for (var k = 0u; k < BK; k++) {
      var columns: array<vec4f, PANELS>;
      for (var p = 0u; p < PANELS; p++) { columns[p] = tileW[k * BP + p * LANES_N + laneCol]; }
      for (var r = 0u; r < ROWS / 4u; r++) {
        let rows = tileX[k * (BM / 4u) + laneRow * (ROWS / 4u) + r];
        for (var p = 0u; p < PANELS; p++) {
          let s = r * 4u * PANELS + p;
          sums[s] = accumulate(rows.x, columns[p], sums[s]);
          sums[s + PANELS] = accumulate(rows.y, columns[p], sums[s + PANELS]);
          sums[s + 2u * PANELS] = accumulate(rows.z, columns[p], sums[s + 2u * PANELS]);
          sums[s + 3u * PANELS] = accumulate(rows.w, columns[p], sums[s + 3u * PANELS]);
        }
      }
    }
    workgroupBarrier();
  }

  let row = firstRow + laneRow * ROWS;
  let rows = min(ROWS, params.M - min(row, params.M));
  for (var r = 0u; r < rows; r++) {
    for (var p = 0u; p < PANELS; p++) {
      let panel = firstPanel + p * LANES_N + laneCol;
      finish(group.z, row + r, panel * 4u, sums[r * PANELS + p] * rowScales(panel));
    }
  }
}
