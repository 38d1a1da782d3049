// p[i, s] = exp(-beta_i d[i, s]) / sum over s, with beta_i such that the entropy of row i is log(perplexity):
// the conditional probabilities of van der Maaten and Hinton 2008, by scikit-learn's bisection (100 steps, until the
// entropy is within 1e-5). The row's smallest distance is subtracted, which changes no probability and prevents
// underflow of the sum in f32.

struct Params { n: u32, k: u32, entropy: f32, cosine: u32 } // entropy: log(perplexity)
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> squared: array<f32>;       // [n, k]: |a - b|^2
@group(0) @binding(2) var<storage, read_write> p: array<f32>;       // [n, k]

const STEPS = 100u;
const TOLERANCE = 1e-5;
const UNBOUNDED = 3e38;

// The input of scikit-learn's search: |a - b|^2, or (1 - cosine)^2, which is (|a - b|^2 / 2)^2 of unit vectors.
fn distance(i: u32) -> f32 {
  let d = squared[i];
  return select(d, 0.25 * d * d, params.cosine != 0u);
}

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  let row = (group.y * groups.x + group.x) * 64u + lane;
  if (row >= params.n) { return; }
  let start = row * params.k;
  var nearest = UNBOUNDED;
  for (var s = 0u; s < params.k; s++) { nearest = min(nearest, distance(start + s)); }

  var beta = 1.0;
  var low = 0.0;       // beta is never below
  var high = UNBOUNDED;
  var sum = 0.0;
  for (var step = 0u; step < STEPS; step++) {
    sum = 0.0;
    var weighted = 0.0;
    for (var s = 0u; s < params.k; s++) {
      let d = distance(start + s) - nearest;
      let e = exp(-beta * d);
      sum += e;
      weighted += e * d;
    }
    let difference = log(sum) + beta * weighted / sum - params.entropy;
    if (abs(difference) <= TOLERANCE) { break; }
    if (difference > 0.0) {
      low = beta;
      beta = select((beta + high) * 0.5, beta * 2.0, high == UNBOUNDED);
    } else {
      high = beta;
      beta = (beta + low) * 0.5;
    }
  }
  sum = 0.0;
  for (var s = 0u; s < params.k; s++) { sum += exp(-beta * (distance(start + s) - nearest)); }
  for (var s = 0u; s < params.k; s++) {
    p[start + s] = exp(-beta * (distance(start + s) - nearest)) / sum;
  }
}
