// The adapter's peak of fused multiply-adds, in f32: eight independent chains per lane, interleaved to hide latency,
// and no loads. 64 steps per turn make the loop's cost negligible.

struct Params { turns: u32 }
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> factors: array<f32>;      // [2]: the factor and the summand
@group(0) @binding(2) var<storage, read_write> y: array<f32>;      // [lanes]: read back, to wait for the work

fn step(v: mat2x4f, b: vec4f, c: vec4f) -> mat2x4f { return mat2x4f(fma(v[0], b, c), fma(v[1], b, c)); }
fn steps4(v: mat2x4f, b: vec4f, c: vec4f) -> mat2x4f { return step(step(step(step(v, b, c), b, c), b, c), b, c); }
fn steps16(v: mat2x4f, b: vec4f, c: vec4f) -> mat2x4f { return steps4(steps4(steps4(steps4(v, b, c), b, c), b, c), b, c); }
fn steps64(v: mat2x4f, b: vec4f, c: vec4f) -> mat2x4f { return steps16(steps16(steps16(steps16(v, b, c), b, c), b, c), b, c); }

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u) {
  let b = vec4f(factors[0]);
  let c = vec4f(factors[1]);
  let first = vec4f(f32(id.x));
  var v = mat2x4f(first, first + 1.0);
  for (var i = 0u; i < params.turns; i++) { v = steps64(v, b, c); }
  let sum = v[0] + v[1];
  y[id.x] = sum.x + sum.y + sum.z + sum.w;
}
