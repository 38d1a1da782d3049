// Matrix units that multiply f32.
alias Component = f32;
fn component(values: vec4f) -> vec4f { return values; }
