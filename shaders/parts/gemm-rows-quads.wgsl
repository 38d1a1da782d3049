// Reads X for K a multiple of 4: four k per load.
@group(0) @binding(1) var<storage, read> x: array<vec4f>; // [M, K / 4]
fn rowQuad(row: u32, k: u32) -> vec4f {
  if (k >= params.K) { return vec4f(); }
  return x[(row * params.K + k) / 4u];
}
