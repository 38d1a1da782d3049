// The adapter's peak of fused multiply-adds, in f32: CHAINS independent chains a lane, so that no FMA waits for the one
// before, and nothing is loaded. 64 FMAs a turn, so that the loop itself costs next to nothing.
// In the header: CHAINS (2 or 4, of vec4f each).

struct Params { turns: u32 }
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> factors: array<f32>;      // [2]: the factor and the summand
@group(0) @binding(2) var<storage, read_write> y: array<f32>;      // [lanes]: read back, so that the end of the work is seen

fn fma4(v: vec4f, b: vec4f, c: vec4f) -> vec4f { return fma(fma(fma(fma(v, b, c), b, c), b, c), b, c); }
fn fma16(v: vec4f, b: vec4f, c: vec4f) -> vec4f { return fma4(fma4(fma4(fma4(v, b, c), b, c), b, c), b, c); }
fn fma64(v: vec4f, b: vec4f, c: vec4f) -> vec4f { return fma16(fma16(fma16(fma16(v, b, c), b, c), b, c), b, c); }

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u) {
  let b = vec4f(factors[0]);
  let c = vec4f(factors[1]);
  var v0 = vec4f(f32(id.x));
  var v1 = v0 + 1.0;
  var v2 = v0 + 2.0;
  var v3 = v0 + 3.0;
  for (var i = 0u; i < params.turns; i++) {
    v0 = fma64(v0, b, c);
    v1 = fma64(v1, b, c);
    if (CHAINS == 4u) {
      v2 = fma64(v2, b, c);
      v3 = fma64(v3, b, c);
    }
  }
  let sum = v0 + v1 + v2 + v3;
  y[id.x] = sum.x + sum.y + sum.z + sum.w;
}
