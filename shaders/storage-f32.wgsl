// Weights stored as f32. Put in front of a kernel that reads weights by `quad`.
alias WeightQuad = vec4f;
fn quad(stored: WeightQuad) -> vec4f { return stored; }
