// total = the sums of what gradient.wgsl left for the convergence check, in a fixed order. One workgroup.

#constant WORKGROUP = 64
#include "../parts/combine-lanes.wgsl"

struct Params { n: u32 }
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> checks: array<vec4f>;       // [n]: divergence, squared norm, unused
@group(0) @binding(2) var<storage, read_write> total: array<vec2f>;  // [1]

alias Partial = vec2f;
fn combined(a: vec2f, b: vec2f) -> vec2f { return a + b; }

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(local_invocation_index) lane: u32) {
  var sum = vec2f();
  for (var i = lane; i < params.n; i += WORKGROUP) { sum += checks[i].xy; }
  sum = combineLanes(lane, sum);
  if (lane == 0u) { total[0] = sum; }
}
