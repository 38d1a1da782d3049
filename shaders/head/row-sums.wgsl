// y[r] = sum of x[r]: a bias's gradient, from that of the outputs, transposed.
// One workgroup per row, so the row's sum stays in workgroup memory.

#constant WORKGROUP = 8 // lanes per row, a power of two
#include "../parts/sum-lanes.wgsl"

struct Params { cols: u32 } // B
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<f32>;            // [D, B]
@group(0) @binding(2) var<storage, read_write> y: array<f32>;      // [D]

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  var part = 0.0;
  for (var c = lane; c < params.cols; c += WORKGROUP) { part += x[group.x * params.cols + c]; }
  let sum = sumOverLanes(lane, part);
  if (lane == 0u) { y[group.x] = sum; }
}
