// The GEMM's accumulation with squared differences in place of products, so that the sums become ||x - w||^2. Not from
// |x|^2 + |w|^2 - 2 x.w, which cancels to noise where x and w are close.
fn accumulate(x: f32, w: vec4f, sums: vec4f) -> vec4f {
  let difference = vec4f(x) - w;
  return fma(difference, difference, sums);
}
