// schedule[3] = the sum of all q, the Z of van der Maaten and Hinton 2008. One workgroup, in a fixed order.

#constant WORKGROUP = 64
#include "../parts/combine-lanes.wgsl"

struct Params { n: u32 }
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> repulsion: array<vec4f>;         // [n]: force, sum of q
@group(0) @binding(2) var<storage, read_write> schedule: array<f32>;      // exaggeration, momentum, rate, Z

alias Partial = f32;
fn combined(a: f32, b: f32) -> f32 { return a + b; }

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(local_invocation_index) lane: u32) {
  var sum = 0.0;
  for (var i = lane; i < params.n; i += WORKGROUP) { sum += repulsion[i].z; }
  sum = combineLanes(lane, sum);
  if (lane == 0u) { schedule[3] = sum; }
}
