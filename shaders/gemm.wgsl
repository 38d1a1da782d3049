// Y[M, N] = X[M, K] * W[N, K]^T, then the epilogue: torch.nn.functional.linear with bias, GELU or residual fused.
// For GPUs: a workgroup takes a BM x BN tile of Y and walks K in steps of BK through workgroup memory; a lane keeps
// ROWS x 4 sums in registers, so each value read from workgroup memory is used 4 or ROWS times.
// W comes in panels of four output columns, so that one load gives four columns at one k.
// In the header: ROWS (of a lane), LANES_M x LANES_N (a workgroup's lanes), BK; the weight storage; what is accumulated;
// the epilogue.

struct Params { M: u32, N: u32, K: u32, hasBias: u32, gelu: u32, addTo: u32 }
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<f32>;            // [M, K]
@group(0) @binding(2) var<storage, read> w: array<WeightQuad>;     // [ceil(N / 4), K] panels of 4 columns
@group(0) @binding(3) var<storage, read> bias: array<f32>;         // [N], or unused
@group(0) @binding(4) var<storage, read_write> y: array<f32>;      // [M, N]

const LANES = LANES_M * LANES_N;
const BM = LANES_M * ROWS;
var<workgroup> tileX: array<f32, BM * BK>;         // [BK][BM]
var<workgroup> tileW: array<vec4f, LANES_N * BK>;  // [BK][LANES_N]

@compute @workgroup_size(LANES)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  let panels = (params.N + 3u) / 4u;
  let firstRow = group.y * BM;
  let firstPanel = group.x * LANES_N;
  let laneRow = lane / LANES_N;
  let laneCol = lane % LANES_N;
  var sums: array<vec4f, ROWS>;

  for (var k0 = 0u; k0 < params.K; k0 += BK) {
    for (var i = lane; i < BM * BK; i += LANES) {
      let row = firstRow + i / BK;
      let k = k0 + i % BK;
      var value = 0.0; // zeros beyond M and K add nothing
      if (row < params.M && k < params.K) { value = x[row * params.K + k]; }
      tileX[(i % BK) * BM + i / BK] = value;
    }
    for (var i = lane; i < LANES_N * BK; i += LANES) {
      let panel = firstPanel + i / BK;
      let k = k0 + i % BK;
      var value = vec4f();
      if (panel < panels && k < params.K) { value = quad(w[panel * params.K + k]); }
      tileW[(i % BK) * LANES_N + i / BK] = value;
    }
    workgroupBarrier();
    for (var k = 0u; k < BK; k++) {
      let b = tileW[k * LANES_N + laneCol];
      for (var r = 0u; r < ROWS; r++) {
        sums[r] = accumulate(tileX[k * BM + laneRow * ROWS + r], b, sums[r]);
      }
    }
    workgroupBarrier();
  }

  let row = firstRow + laneRow * ROWS;
  let rows = min(ROWS, params.M - min(row, params.M));
  for (var r = 0u; r < rows; r++) { storeQuad(row + r, (firstPanel + laneCol) * 4u, sums[r]); }
}
