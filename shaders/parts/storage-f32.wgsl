// Weights stored as f32. Read by `quad`.
alias WeightQuad = vec4f;
fn quad(stored: WeightQuad) -> vec4f { return stored; }
