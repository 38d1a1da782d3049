// Y[M, N] = X[M, K] * W[N, K]^T, then the epilogue, as gemm.wgsl, for software adapters. Each value that they load costs
// them about as much as five vector operations, workgroup memory is ruinous, and a subgroup broadcast is nearly free.
// So a workgroup is one subgroup, whose lanes load the tile's values once between them: each lane a panel of four
// columns of W, and its share of the rows of X, four k at a time, which it hands round by broadcast. A lane keeps
// ROWS x 4 sums. All loads come first, then row by row, so that one row's sums and the columns fit in the registers of
// a CPU. K is a multiple of 4 (the wrapper takes gemm.wgsl otherwise).
// In the header: SUBGROUP (4 or 8), ROWS (8, 16, 24 or 40); the weight storage; what is accumulated; the epilogue.

enable subgroups;

struct Params { M: u32, N: u32, K: u32, hasBias: u32, gelu: u32, addTo: u32 }
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<vec4f>;          // [M, K / 4]
@group(0) @binding(2) var<storage, read> w: array<WeightQuad>;     // [ceil(N / 4), K] panels of 4 columns
@group(0) @binding(3) var<storage, read> bias: array<f32>;         // [N], or unused
@group(0) @binding(4) var<storage, read_write> y: array<f32>;      // [M, N]

// Eight rows of x, four k each, as the lanes hold them: row r in lane r of `low`, or of a subgroup of four, rows 4 to 7
// in the lanes of `high`.
struct Rows { low: vec4f, high: vec4f }
const HIGH = select(0u, 4u, SUBGROUP == 8u); // the lane of row 4

// Where a lane reads its rows. Beyond the edge the last one is read again and not stored.
fn rowStarts(first: u32, lane: u32) -> vec2u {
  return min(vec2u(first + lane, first + lane + 4u), vec2u(params.M - 1u)) * (params.K / 4u);
}
fn load(starts: vec2u, q: u32) -> Rows {
  let low = x[starts.x + q];
  if (SUBGROUP == 8u) { return Rows(low, low); }
  return Rows(low, x[starts.y + q]);
}

// One row's sums of 4 columns, and four k: row holds x[r, k .. k + 3], columns[i] holds w[c .. c + 3, k + i].
fn fourK(sums: vec4f, row: vec4f, columns: mat4x4f) -> vec4f {
  var added = accumulate(row.x, columns[0], sums);
  added = accumulate(row.y, columns[1], added);
  added = accumulate(row.z, columns[2], added);
  return accumulate(row.w, columns[3], added);
}

struct Sums { low: mat4x4f, high: mat4x4f } // of eight rows

// A broadcast's lane must be a constant.
fn eightRows(sums: Sums, rows: Rows, columns: mat4x4f) -> Sums {
  return Sums(
    mat4x4f(
      fourK(sums.low[0], subgroupBroadcast(rows.low, 0u), columns),
      fourK(sums.low[1], subgroupBroadcast(rows.low, 1u), columns),
      fourK(sums.low[2], subgroupBroadcast(rows.low, 2u), columns),
      fourK(sums.low[3], subgroupBroadcast(rows.low, 3u), columns),
    ),
    mat4x4f(
      fourK(sums.high[0], subgroupBroadcast(rows.high, HIGH), columns),
      fourK(sums.high[1], subgroupBroadcast(rows.high, HIGH + 1u), columns),
      fourK(sums.high[2], subgroupBroadcast(rows.high, HIGH + 2u), columns),
      fourK(sums.high[3], subgroupBroadcast(rows.high, HIGH + 3u), columns),
    ),
  );
}

@compute @workgroup_size(SUBGROUP)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  let panels = (params.N + 3u) / 4u;
  let panel = group.x * SUBGROUP + lane; // beyond the edge the last one is read again and not stored
  let w0 = min(panel, panels - 1u) * params.K;
  let firstRow = group.y * ROWS;
  let x0 = rowStarts(firstRow, lane);
  let x1 = rowStarts(firstRow + 8u, lane);
  let x2 = rowStarts(firstRow + 16u, lane);
  let x3 = rowStarts(firstRow + 24u, lane);
  let x4 = rowStarts(firstRow + 32u, lane);

  var s0: Sums; var s1: Sums; var s2: Sums; var s3: Sums; var s4: Sums; // rows 0-7, 8-15, ...
  for (var q = 0u; q < params.K / 4u; q++) {
    var r0: Rows; var r1: Rows; var r2: Rows; var r3: Rows; var r4: Rows;
    r0 = load(x0, q);
    if (ROWS > 8u) { r1 = load(x1, q); }
    if (ROWS > 16u) { r2 = load(x2, q); }
    if (ROWS > 24u) { r3 = load(x3, q); }
    if (ROWS > 32u) { r4 = load(x4, q); }
    let k = w0 + q * 4u;
    let columns = mat4x4f(quad(w[k]), quad(w[k + 1u]), quad(w[k + 2u]), quad(w[k + 3u]));
    s0 = eightRows(s0, r0, columns);
    if (ROWS > 8u) { s1 = eightRows(s1, r1, columns); }
    if (ROWS > 16u) { s2 = eightRows(s2, r2, columns); }
    if (ROWS > 24u) { s3 = eightRows(s3, r3, columns); }
    if (ROWS > 32u) { s4 = eightRows(s4, r4, columns); }
  }

  // The bounds are not constants, so that no compiler unrolls this: it runs once, and compiling it ROWS times over
  // took longer than a batch.
  var block = array<mat4x4f, 10>(s0.low, s0.high, s1.low, s1.high, s2.low, s2.high, s3.low, s3.high, s4.low, s4.high);
  let rows = min(ROWS, params.M - firstRow);
  for (var r = 0u; r < rows; r++) { storeQuad(firstRow + r, panel * 4u, block[r / 4u][r % 4u]); }
}
