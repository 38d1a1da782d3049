// The GEMM's epilogue for a finished sum: y = activation(sum + bias) or y += sum + bias. Switched by uniforms, which
// cost nothing here, instead of compiling a pipeline for each combination.

// Exact GELU, x * Phi(x), as torch.nn.GELU(): 0.5 x erfc(-x / sqrt 2). erfc by Abramowitz and Stegun 7.1.26
// (absolute error 1.5e-7). Taken from |x|, so that the negative tail does not cancel.
fn gelu(x: vec4f) -> vec4f {
  let z = abs(x) * 0.7071067811865476;
  let t = 1.0 / (1.0 + 0.3275911 * z);
  let poly = t * (0.254829592 + t * (-0.284496736 + t * (1.421413741 + t * (-1.453152027 + t * 1.061405429))));
  let tail = 0.5 * x * poly * exp(-z * z);
  return select(tail, x - tail, x >= vec4f());
}

// GELU by tanh (Hendrycks and Gimpel 2016), as torch.nn.GELU("tanh"): 0.5 x (1 + tanh u) = x sigmoid(2 u) with
// u = sqrt(2 / pi) (x + 0.044715 x^3). Below -10 it is that of -10, -2e-37.
fn geluTanh(x: vec4f) -> vec4f {
  let z = min(abs(x), vec4f(10.0));
  return gated(max(x, vec4f(-10.0)), 1.5957691216057308 * z * (1.0 + 0.044715 * z * z));
}

// x sigmoid(1.702 x): the GELU of OpenAI's CLIP, `QuickGELU` in open_clip. Below -50 it is that of -50, -6e-36.
fn quickGelu(x: vec4f) -> vec4f {
  return gated(max(x, vec4f(-50.0)), 1.702 * min(abs(x), vec4f(50.0)));
}

// x sigmoid(slope) for x >= 0, x sigmoid(-slope) else, for a slope of 0 to 87: exp neither overflows nor becomes 0.
fn gated(x: vec4f, slope: vec4f) -> vec4f {
  let tail = exp(-slope);
  return x * select(tail, vec4f(1.0), x >= vec4f()) / (1.0 + tail);
}

// tanh, of BERT's pooling layer; drivers' own is off near zero, or overflows far from it. Near zero, where 1 - e^(-2z)
// cancels, by Lambert's continued fraction. Beyond 10 it is 1 in f32.
fn saturating(x: vec4f) -> vec4f {
  let z = min(abs(x), vec4f(10.0));
  let tail = exp(-2.0 * z);
  let s = z * z;
  let near = z / (1.0 + s / (3.0 + s / (5.0 + s / (7.0 + s / 9.0))));
  return sign(x) * select((1.0 - tail) / (1.0 + tail), near, z < vec4f(0.625));
}

// By the codes of `ACTIVATIONS` in src/kernels/gemm/dispatch.ts; 0 is none.
fn activated(x: vec4f) -> vec4f {
  switch (params.activation) {
    case 1u: { return gelu(x); }
    case 2u: { return quickGelu(x); }
    case 3u: { return geluTanh(x); }
    case 4u: { return saturating(x); }
    default: { return x; }
  }
}

// Four neighbouring columns of a row; columns beyond N are dropped.
fn storeQuad(row: u32, col: u32, sum: vec4f) {
  let index = row * params.N + col;
  let columns = min(params.N - min(col, params.N), 4u);
  var value = sum;
  if (params.hasBias != 0u) {
    for (var i = 0u; i < columns; i++) { value[i] += bias[col + i]; }
  }
  value = activated(value);
  if (params.addTo != 0u) {
    for (var i = 0u; i < columns; i++) { value[i] += y[index + i]; }
  }
  for (var i = 0u; i < columns; i++) { y[index + i] = value[i]; }
}
