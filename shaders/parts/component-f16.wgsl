// Matrix units that multiply f16. Where a value is beyond f16's range, the end of the range is nearer than infinity.
enable f16;
alias Component = f16;
fn component(values: vec4f) -> vec4<f16> { return vec4<f16>(clamp(values, vec4f(-65504.0), vec4f(65504.0))); }
