// Y[M, N] = X[M, K] * W[N, K]^T, then the epilogue, as gemm.wgsl, for software adapters. Each value that they load costs
// them about as much as five vector operations, workgroup memory is ruinous, and a subgroup broadcast is nearly free.
// So a workgroup is one subgroup, whose lanes load the tile's values once between them: each lane a panel of four
// columns of W, and its share of the rows of X, four k at a time, which it hands round by broadcast. A lane keeps
// ROWS x 4 sums. Row by row, so that one row's sums and the columns fit in the registers of a CPU.
// K is a multiple of 4 (the wrapper takes gemm.wgsl otherwise).
// In the header: SUBGROUP (4 or 8), ROWS (8, 16 or 24); the weight storage; what is accumulated; the epilogue.

enable subgroups;

struct Params { M: u32, N: u32, K: u32, hasBias: u32, gelu: u32, addTo: u32 }
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<vec4f>;          // [M, K / 4]
@group(0) @binding(2) var<storage, read> w: array<WeightQuad>;     // [ceil(N / 4), K] panels of 4 columns
@group(0) @binding(3) var<storage, read> bias: array<f32>;         // [N], or unused
@group(0) @binding(4) var<storage, read_write> y: array<f32>;      // [M, N]

// One row's sums of 4 columns, and four k: row holds x[r, k .. k + 3], columns[i] holds w[c .. c + 3, k + i].
fn fourK(sums: vec4f, row: vec4f, columns: mat4x4f) -> vec4f {
  var added = accumulate(row.x, columns[0], sums);
  added = accumulate(row.y, columns[1], added);
  added = accumulate(row.z, columns[2], added);
  return accumulate(row.w, columns[3], added);
}

// Four rows, which lanes 0 to 3 hold. A broadcast's lane must be a constant.
fn lowRows(sums: mat4x4f, rows: vec4f, columns: mat4x4f) -> mat4x4f {
  return mat4x4f(
    fourK(sums[0], subgroupBroadcast(rows, 0u), columns),
    fourK(sums[1], subgroupBroadcast(rows, 1u), columns),
    fourK(sums[2], subgroupBroadcast(rows, 2u), columns),
    fourK(sums[3], subgroupBroadcast(rows, 3u), columns),
  );
}

// Four rows, which lanes 4 to 7 hold.
fn highRows(sums: mat4x4f, rows: vec4f, columns: mat4x4f) -> mat4x4f {
  return mat4x4f(
    fourK(sums[0], subgroupBroadcast(rows, 4u), columns),
    fourK(sums[1], subgroupBroadcast(rows, 5u), columns),
    fourK(sums[2], subgroupBroadcast(rows, 6u), columns),
    fourK(sums[3], subgroupBroadcast(rows, 7u), columns),
  );
}

@compute @workgroup_size(SUBGROUP)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  let quads = params.K / 4u;
  let panels = (params.N + 3u) / 4u;
  let firstRow = group.y * ROWS;
  let panel = group.x * SUBGROUP + lane; // beyond the edge the last one is read again and not stored
  let w0 = min(panel, panels - 1u) * params.K;
  // A lane's rows lie SUBGROUP apart; the later ones only where the tile is so high.
  let lastRow = params.M - 1u;
  let x0 = min(firstRow + lane, lastRow) * quads;
  let x1 = min(firstRow + lane + SUBGROUP, lastRow) * quads;
  let x2 = min(firstRow + lane + 2u * SUBGROUP, lastRow) * quads;
  let x3 = min(firstRow + lane + 3u * SUBGROUP, lastRow) * quads;
  let x4 = min(firstRow + lane + 4u * SUBGROUP, lastRow) * quads;
  let x5 = min(firstRow + lane + 5u * SUBGROUP, lastRow) * quads;

  var a0: mat4x4f; var a1: mat4x4f; var a2: mat4x4f; // rows 0-3, 4-7, 8-11
  var a3: mat4x4f; var a4: mat4x4f; var a5: mat4x4f; // rows 12-15, 16-19, 20-23
  for (var q = 0u; q < quads; q++) {
    let k = w0 + q * 4u;
    let c = mat4x4f(quad(w[k]), quad(w[k + 1u]), quad(w[k + 2u]), quad(w[k + 3u]));
    if (SUBGROUP == 8u) {
      let v0 = x[x0 + q];
      a0 = lowRows(a0, v0, c);
      a1 = highRows(a1, v0, c);
      if (ROWS >= 16u) {
        let v1 = x[x1 + q];
        a2 = lowRows(a2, v1, c);
        a3 = highRows(a3, v1, c);
      }
      if (ROWS >= 24u) {
        let v2 = x[x2 + q];
        a4 = lowRows(a4, v2, c);
        a5 = highRows(a5, v2, c);
      }
    } else {
      a0 = lowRows(a0, x[x0 + q], c);
      a1 = lowRows(a1, x[x1 + q], c);
      if (ROWS >= 16u) {
        a2 = lowRows(a2, x[x2 + q], c);
        a3 = lowRows(a3, x[x3 + q], c);
      }
      if (ROWS >= 24u) {
        a4 = lowRows(a4, x[x4 + q], c);
        a5 = lowRows(a5, x[x5 + q], c);
      }
    }
  }

  // The bounds are not constants, so that no compiler unrolls this: it runs once, and compiling it 24 times over
  // took longer than a batch.
  var block = array<mat4x4f, 6>(a0, a1, a2, a3, a4, a5);
  let rows = min(ROWS, params.M - firstRow);
  for (var r = 0u; r < rows; r++) { storeQuad(firstRow + r, panel * 4u, block[r / 4u][r % 4u]); }
}
