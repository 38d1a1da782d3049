// What a workgroup does with four finished sums of a row: the epilogue, or where K is split, leave its part of them.
// In the header: SPLITS.
fn finish(part: u32, row: u32, col: u32, sum: vec4f) {
  if (SPLITS == 1u) {
    storeQuad(row, col, sum);
    return;
  }
  let columns = min(params.N - min(col, params.N), 4u);
  for (var i = 0u; i < columns; i++) { y[(part * params.M + row) * params.N + col + i] = sum[i]; }
}
