// Matrix units that multiply f16. Values beyond the range of f16 are clamped to it, which is closer than infinity.
enable f16;
alias Component = f16;
fn component(values: vec4f) -> vec4<f16> { return vec4<f16>(clamp(values, vec4f(-65504.0), vec4f(65504.0))); }
