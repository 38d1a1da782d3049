// Y[M, N] = X[M, K] * W[N, K]^T, then the epilogue, as gemm.wgsl, for software adapters: loads are dear there and
// workgroup memory ruinous, while a subgroup broadcast costs about as much as an FMA. So a workgroup is one subgroup;
// its lanes load 16 rows of X between them, four k at a time, and hand the values round by broadcast. A lane keeps
// 16 rows x QUADS x 4 columns of sums. K is a multiple of 4 (the wrapper takes gemm.wgsl otherwise).
// In the header: SUBGROUP (4 or 8), QUADS (1 or 2); the weight storage; what is accumulated; the epilogue.

enable subgroups;

struct Params { M: u32, N: u32, K: u32, hasBias: u32, gelu: u32, addTo: u32 }
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<vec4f>;          // [M, K / 4]
@group(0) @binding(2) var<storage, read> w: array<WeightQuad>;     // [ceil(N / 4), K] panels of 4 columns
@group(0) @binding(3) var<storage, read> bias: array<f32>;         // [N], or unused
@group(0) @binding(4) var<storage, read_write> y: array<f32>;      // [M, N]

const ROWS = 16u;

// The value that lanes 0 to 3, or 4 to 7, hold for their rows. A broadcast's lane must be a constant.
fn low(v: f32) -> vec4f {
  return vec4f(subgroupBroadcast(v, 0u), subgroupBroadcast(v, 1u), subgroupBroadcast(v, 2u), subgroupBroadcast(v, 3u));
}
fn high(v: f32) -> vec4f {
  return vec4f(subgroupBroadcast(v, 4u), subgroupBroadcast(v, 5u), subgroupBroadcast(v, 6u), subgroupBroadcast(v, 7u));
}

// sums += rows (x) columns
fn outer(sums: mat4x4f, rows: vec4f, columns: vec4f) -> mat4x4f {
  return mat4x4f(
    accumulate(rows.x, columns, sums[0]),
    accumulate(rows.y, columns, sums[1]),
    accumulate(rows.z, columns, sums[2]),
    accumulate(rows.w, columns, sums[3]),
  );
}

@compute @workgroup_size(SUBGROUP)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  let quads = params.K / 4u;
  let panels = (params.N + 3u) / 4u;
  let firstRow = group.y * ROWS;
  // A lane's two panels lie SUBGROUP apart. Beyond the edge the last one is read again and not stored.
  let panel0 = group.x * SUBGROUP * QUADS + lane;
  let panel1 = panel0 + SUBGROUP;
  let w0 = min(panel0, panels - 1u) * params.K;
  let w1 = min(panel1, panels - 1u) * params.K;
  let lastRow = params.M - 1u;
  let x0 = min(firstRow + lane, lastRow) * quads;
  let x1 = min(firstRow + lane + SUBGROUP, lastRow) * quads;
  let x2 = min(firstRow + lane + 2u * SUBGROUP, lastRow) * quads; // 2 and 3: only where SUBGROUP is 4
  let x3 = min(firstRow + lane + 3u * SUBGROUP, lastRow) * quads;

  var a0: mat4x4f; var a1: mat4x4f; var a2: mat4x4f; var a3: mat4x4f; // rows 0-3, 4-7, 8-11, 12-15 of panel 0
  var b0: mat4x4f; var b1: mat4x4f; var b2: mat4x4f; var b3: mat4x4f; // the same of panel 1
  for (var q = 0u; q < quads; q++) {
    var v0 = x[x0 + q];
    var v1 = x[x1 + q];
    var v2 = v0;
    var v3 = v1;
    if (SUBGROUP == 4u) {
      v2 = x[x2 + q];
      v3 = x[x3 + q];
    }
    for (var i = 0u; i < 4u; i++) {
      let k = q * 4u + i;
      var r0 = low(v0.x);
      var r1: vec4f; var r2: vec4f; var r3: vec4f;
      if (SUBGROUP == 4u) {
        r1 = low(v1.x);
        r2 = low(v2.x);
        r3 = low(v3.x);
      } else {
        r1 = high(v0.x);
        r2 = low(v1.x);
        r3 = high(v1.x);
      }
      v0 = v0.yzwx; // the next k comes to the front: indexing by i is a memory access on SwiftShader
      v1 = v1.yzwx;
      v2 = v2.yzwx;
      v3 = v3.yzwx;
      let c0 = quad(w[w0 + k]);
      a0 = outer(a0, r0, c0);
      a1 = outer(a1, r1, c0);
      a2 = outer(a2, r2, c0);
      a3 = outer(a3, r3, c0);
      if (QUADS == 2u) {
        let c1 = quad(w[w1 + k]);
        b0 = outer(b0, r0, c1);
        b1 = outer(b1, r1, c1);
        b2 = outer(b2, r2, c1);
        b3 = outer(b3, r3, c1);
      }
    }
  }

  // The bounds are not constants, so that no compiler unrolls this: it runs once, and compiling it 32 times over
  // took longer than a batch.
  var block = array<mat4x4f, 8>(a0, a1, a2, a3, b0, b1, b2, b3);
  let rows = min(ROWS, params.M - firstRow);
  for (var p = 0u; p < QUADS; p++) {
    for (var r = 0u; r < rows; r++) {
      storeQuad(firstRow + r, (panel0 + p * SUBGROUP) * 4u, block[p * 4u + r / 4u][r % 4u]);
    }
  }
}
