// Weights stored as f16, read natively. Read by `quad`.
enable f16;
alias WeightQuad = vec4<f16>;
fn quad(stored: WeightQuad) -> vec4f { return vec4f(stored); }
fn rowScales(panel: u32) -> vec4f { return vec4f(1.0); }
