// total = the sums of what gradient.wgsl left for the convergence check, in a fixed order. One workgroup.

#constant WORKGROUP = 64

struct Params { n: u32 }
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> checks: array<vec4f>;       // [n]: divergence, squared norm, unused
@group(0) @binding(2) var<storage, read_write> total: array<vec2f>;  // [1]

var<workgroup> partial: array<vec2f, WORKGROUP>;

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(local_invocation_index) lane: u32) {
  var sum = vec2f();
  for (var i = lane; i < params.n; i += WORKGROUP) { sum += checks[i].xy; }
  partial[lane] = sum;
  workgroupBarrier();
  if (lane != 0u) { return; }
  sum = vec2f();
  for (var l = 0u; l < WORKGROUP; l++) { sum += partial[l]; }
  total[0] = sum;
}
