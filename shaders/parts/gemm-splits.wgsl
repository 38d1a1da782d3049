// Split K: the part of each of SPLITS workgroups, and what becomes of its sums. Needs BK, SPLITS, and storeQuad of an
// epilogue.

// The first step of BK that the part takes, and the one after its last.
fn stepsOf(part: u32) -> vec2u {
  let steps = (params.K + BK - 1u) / BK;
  let share = (steps + SPLITS - 1u) / SPLITS;
  return min(vec2u(part * share, (part + 1u) * share), vec2u(steps));
}

// Finishes four sums of a row: by the epilogue, or if K is split, stored for gemm-reduce.wgsl.
fn finish(part: u32, row: u32, col: u32, sum: vec4f) {
  if (SPLITS == 1u) {
    storeQuad(row, col, sum);
    return;
  }
  let columns = min(params.N - min(col, params.N), 4u);
  for (var i = 0u; i < columns; i++) { y[(part * params.M + row) * params.N + col + i] = sum[i]; }
}
