// Weights stored as f16 on an adapter without shader-f16: two to a word, as core WGSL can read them, by `quad`.
alias WeightQuad = vec2u;
fn quad(stored: WeightQuad) -> vec4f {
  return vec4f(unpack2x16float(stored.x), unpack2x16float(stored.y));
}
fn rowScales(panel: u32) -> vec4f { return vec4f(1.0); }
