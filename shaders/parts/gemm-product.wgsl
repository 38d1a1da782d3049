// The GEMM's accumulation of products, so that the sums become X W^T.
fn accumulate(x: f32, w: vec4f, sums: vec4f) -> vec4f { return fma(vec4f(x), w, sums); }
