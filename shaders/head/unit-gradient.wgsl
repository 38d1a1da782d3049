// Backward through z = u / |u|: du[r] = (dz[r] - (dz[r] . z[r]) z[r]) / |u[r]|, where dz is the sum of one or two parts.
// The strides say where du goes: row-major, or transposed for the product that gives a weight's gradient.

#constant WORKGROUP = 8 // lanes per row, a power of two
#include "../parts/sum-lanes.wgsl"
#choice "../parts/values-quads.wgsl" "../parts/values-scalars.wgsl"

struct Params { width: u32, both: u32, rowStride: u32, columnStride: u32 } // Values of a row; strides of du
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> dz: array<Value>;         // [B, D]
@group(0) @binding(2) var<storage, read> more: array<Value>;       // [B, D], or unused
@group(0) @binding(3) var<storage, read> z: array<Value>;          // [B, D]
@group(0) @binding(4) var<storage, read> inverse: array<f32>;      // [B]: 1 / |u|
@group(0) @binding(5) var<storage, read_write> du: array<f32>;     // [B, D] or [D, B]

fn incoming(at: u32) -> Value {
  if (params.both == 0u) { return dz[at]; }
  return dz[at] + more[at];
}

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  let row = group.x;
  let start = row * params.width;
  var along = 0.0;
  for (var c = lane; c < params.width; c += WORKGROUP) { along += total(incoming(start + c) * z[start + c]); }
  let radial = sumOverLanes(lane, along);
  for (var c = lane; c < params.width; c += WORKGROUP) {
    let tangent = (incoming(start + c) - radial * z[start + c]) * inverse[row];
    for (var i = 0u; i < WIDTH; i++) {
      du[row * params.rowStride + (c * WIDTH + i) * params.columnStride] = component(tangent, i);
    }
  }
}
