// Epilogue of distances: the square root of four neighbouring sums of squared differences.
fn storeQuad(row: u32, col: u32, sum: vec4f) {
  let index = row * params.N + col;
  let columns = min(params.N - min(col, params.N), 4u);
  let value = sqrt(sum);
  for (var i = 0u; i < columns; i++) { y[index + i] = value[i]; }
}
