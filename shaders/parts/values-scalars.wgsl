// Elementwise kernels: one value a lane.
alias Value = f32;
