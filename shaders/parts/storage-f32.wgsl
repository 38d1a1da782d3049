// Weights stored as f32. Read by `quad`.
alias WeightQuad = vec4f;
fn quad(stored: WeightQuad) -> vec4f { return stored; }
fn rowScales(panel: u32) -> vec4f { return vec4f(1.0); }
