// Elementwise kernels: four values a lane, where their number is a multiple of 4.
alias Value = vec4f;
