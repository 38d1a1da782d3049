// Kernels over rows or all elements: four values a lane, where a row's length is a multiple of 4.
alias Value = vec4f;
const WIDTH = 4u;
fn total(value: Value) -> f32 { return (value.x + value.y) + (value.z + value.w); }
fn component(value: Value, i: u32) -> f32 { return value[i]; }
