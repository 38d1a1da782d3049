// Kernels over rows or all elements: one value a lane.
alias Value = f32;
const WIDTH = 1u;
fn total(value: Value) -> f32 { return value; }
fn component(value: Value, _i: u32) -> f32 { return value; }
