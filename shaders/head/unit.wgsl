// z[r] = u[r] / max(|u[r]|, 1e-12), as torch.nn.functional.normalize, and 1 / |u[r]| for the gradient. u = a, or a + b: the
// direction of a pair's centroid.
// One workgroup per row, so the row's sum stays in workgroup memory.

#constant WORKGROUP = 8 // lanes per row, a power of two
#include "../parts/sum-lanes.wgsl"
#choice "../parts/values-quads.wgsl" "../parts/values-scalars.wgsl"

struct Params { width: u32, both: u32 } // Values of a row
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> a: array<Value>;          // [B, D]
@group(0) @binding(2) var<storage, read> b: array<Value>;          // [B, D], or unused
@group(0) @binding(3) var<storage, read_write> z: array<Value>;    // [B, D]
@group(0) @binding(4) var<storage, read_write> inverse: array<f32>; // [B]

fn element(at: u32) -> Value {
  if (params.both == 0u) { return a[at]; }
  return a[at] + b[at];
}

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  let start = group.x * params.width;
  var squares = 0.0;
  for (var c = lane; c < params.width; c += WORKGROUP) {
    let value = element(start + c);
    squares += total(value * value);
  }
  let scale = 1.0 / max(sqrt(sumOverLanes(lane, squares)), 1e-12);
  for (var c = lane; c < params.width; c += WORKGROUP) { z[start + c] = element(start + c) * scale; }
  if (lane == 0u) { inverse[group.x] = scale; }
}
