// Reads X for K not a multiple of 4.
@group(0) @binding(1) var<storage, read> x: array<f32>; // [M, K]
fn rowQuad(row: u32, k: u32) -> vec4f {
  var values = vec4f();
  for (var i = 0u; i < 4u && k + i < params.K; i++) { values[i] = x[row * params.K + k + i]; }
  return values;
}
