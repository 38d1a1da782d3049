// Y[M, N] = X[M, K] * W[N, K]^T, then the epilogue, as gemm.wgsl, for software adapters. There a load costs about five
// vector operations, workgroup memory is very slow, and a subgroup broadcast is nearly free. So a workgroup is one
// subgroup, whose lanes share the tile's loads: each lane two panels of four columns of W, and a share of the rows of
// X, two k at a time, which it broadcasts. A lane keeps ROWS x 8 sums. All loads come first, then the rows one by one,
// so that a row's sums and the columns fit in a CPU's registers, and the loop in its instruction cache. K is even (the
// wrapper takes gemm.wgsl otherwise).

enable subgroups;

#constant SUBGROUP = 8  // lanes, 4 or 8
#constant ROWS = 8      // of the tile: 8, 16, 24 or 40
#constant PANEL_GAP = 8 // quads between two panels
#choice "parts/storage-f32.wgsl" "parts/storage-f16.wgsl" "parts/storage-packed16.wgsl" "parts/storage-q8.wgsl"
#choice "parts/gemm-product.wgsl" "parts/gemm-difference.wgsl"
#choice "parts/gemm-epilogue.wgsl" "parts/distance-epilogue.wgsl"

struct Params { M: u32, N: u32, K: u32, hasBias: u32, activation: u32, addTo: u32 }
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<vec2f>;          // [M, K / 2]
@group(0) @binding(2) var<storage, read> w: array<WeightQuad>;     // [ceil(N / 4), K + PANEL_GAP] panels of 4 columns
@group(0) @binding(3) var<storage, read> bias: array<f32>;         // [N], or unused
@group(0) @binding(4) var<storage, read_write> y: array<f32>;      // [M, N]

// Eight rows of x, two k each, as the lanes hold them: row r in lane r of `low`, or of a subgroup of four, rows 4 to 7
// in the lanes of `high`.
struct Rows { low: vec2f, high: vec2f }
const HIGH = select(0u, 4u, SUBGROUP == 8u); // the lane of row 4

// Offsets of a lane's rows. Beyond the edge the last row is read again and not stored.
fn rowStarts(first: u32, lane: u32) -> vec2u {
  return min(vec2u(first + lane, first + lane + 4u), vec2u(params.M - 1u)) * (params.K / 2u);
}
fn load(starts: vec2u, pair: u32) -> Rows {
  let low = x[starts.x + pair];
  if (SUBGROUP == 8u) { return Rows(low, low); }
  return Rows(low, x[starts.y + pair]);
}

// The columns of both panels at two k, and one row's sums of them.
struct Columns { first: mat2x4f, second: mat2x4f }
fn twoK(sums: mat2x4f, row: vec2f, columns: Columns) -> mat2x4f {
  return mat2x4f(
    accumulate(row.y, columns.second[0], accumulate(row.x, columns.first[0], sums[0])),
    accumulate(row.y, columns.second[1], accumulate(row.x, columns.first[1], sums[1])),
  );
}

alias Sums = array<mat2x4f, 8>; // of eight rows

// A broadcast's lane must be a constant.
fn eightRows(sums: Sums, rows: Rows, columns: Columns) -> Sums {
  return Sums(
    twoK(sums[0], subgroupBroadcast(rows.low, 0u), columns),
    twoK(sums[1], subgroupBroadcast(rows.low, 1u), columns),
    twoK(sums[2], subgroupBroadcast(rows.low, 2u), columns),
    twoK(sums[3], subgroupBroadcast(rows.low, 3u), columns),
    twoK(sums[4], subgroupBroadcast(rows.high, HIGH), columns),
    twoK(sums[5], subgroupBroadcast(rows.high, HIGH + 1u), columns),
    twoK(sums[6], subgroupBroadcast(rows.high, HIGH + 2u), columns),
    twoK(sums[7], subgroupBroadcast(rows.high, HIGH + 3u), columns),
  );
}

@compute @workgroup_size(SUBGROUP)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  let lastPanel = (params.N + 3u) / 4u - 1u;
  let panel = group.x * 2u * SUBGROUP + lane; // and the panel SUBGROUP further; beyond the edge the last one again
  let w0 = min(panel, lastPanel) * (params.K + PANEL_GAP);
  let w1 = min(panel + SUBGROUP, lastPanel) * (params.K + PANEL_GAP);
  let firstRow = group.y * ROWS;
  let x0 = rowStarts(firstRow, lane);
  let x1 = rowStarts(firstRow + 8u, lane);
  let x2 = rowStarts(firstRow + 16u, lane);
  let x3 = rowStarts(firstRow + 24u, lane);
  let x4 = rowStarts(firstRow + 32u, lane);

  var s0: Sums; var s1: Sums; var s2: Sums; var s3: Sums; var s4: Sums; // rows 0-7, 8-15, ...
  for (var pair = 0u; pair < params.K / 2u; pair++) {
    var r0: Rows; var r1: Rows; var r2: Rows; var r3: Rows; var r4: Rows;
    r0 = load(x0, pair);
    if (ROWS > 8u) { r1 = load(x1, pair); }
    if (ROWS > 16u) { r2 = load(x2, pair); }
    if (ROWS > 24u) { r3 = load(x3, pair); r4 = load(x4, pair); }
    let k = pair * 2u;
    let columns = Columns(
      mat2x4f(quad(w[w0 + k]), quad(w[w1 + k])),
      mat2x4f(quad(w[w0 + k + 1u]), quad(w[w1 + k + 1u])),
    );
    s0 = eightRows(s0, r0, columns);
    if (ROWS > 8u) { s1 = eightRows(s1, r1, columns); }
    if (ROWS > 16u) { s2 = eightRows(s2, r2, columns); }
    if (ROWS > 24u) { s3 = eightRows(s3, r3, columns); s4 = eightRows(s4, r4, columns); }
  }

  // The bounds are not constant, so that compilers do not unroll this: it runs once, and compiling ROWS copies took
  // longer than a batch.
  var block = array<Sums, 5>(s0, s1, s2, s3, s4);
  let rows = min(ROWS, params.M - firstRow);
  let scales = mat2x4f(rowScales(panel), rowScales(panel + SUBGROUP));
  for (var r = 0u; r < rows; r++) {
    storeQuad(firstRow + r, panel * 4u, block[r / 8u][r % 8u][0] * scales[0]);
    storeQuad(firstRow + r, (panel + SUBGROUP) * 4u, block[r / 8u][r % 8u][1] * scales[1]);
  }
}
