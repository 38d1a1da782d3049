// A GEMM whose K may be split among SPLITS workgroups: the part of each, and what it does with its sums.
// Of the kernel: BK and SPLITS; storeQuad, by its epilogue.

// The first step of BK that the part takes, and the one after its last.
fn stepsOf(part: u32) -> vec2u {
  let steps = (params.K + BK - 1u) / BK;
  let share = (steps + SPLITS - 1u) / SPLITS;
  return min(vec2u(part * share, (part + 1u) * share), vec2u(steps));
}

// Four finished sums of a row: the epilogue, or where K is split, left for gemm-reduce.wgsl to add up.
fn finish(part: u32, row: u32, col: u32, sum: vec4f) {
  if (SPLITS == 1u) {
    storeQuad(row, col, sum);
    return;
  }
  let columns = min(params.N - min(col, params.N), 4u);
  for (var i = 0u; i < columns; i++) { y[(part * params.M + row) * params.N + col + i] = sum[i]; }
}
