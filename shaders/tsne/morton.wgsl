// codes[i] = the 16 leading bits of x and y within the bounding box, interleaved (Morton 1966), x first;
// order[i] = i.

#include "../parts/bounding-box.wgsl"

struct Params { n: u32, boxes: u32 }
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> y: array<vec2f>;            // [n]
@group(0) @binding(2) var<storage, read> boxes: array<vec4f>;        // [boxes]
@group(0) @binding(3) var<storage, read_write> codes: array<u32>;    // [n]
@group(0) @binding(4) var<storage, read_write> order: array<u32>;    // [n]

// Puts a zero before each of 16 bits.
fn spread(bits: vec2u) -> vec2u {
  var b = (bits | (bits << vec2u(8u))) & vec2u(0x00ff00ffu);
  b = (b | (b << vec2u(4u))) & vec2u(0x0f0f0f0fu);
  b = (b | (b << vec2u(2u))) & vec2u(0x33333333u);
  return (b | (b << vec2u(1u))) & vec2u(0x55555555u);
}

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  let i = (group.y * groups.x + group.x) * 64u + lane;
  if (i >= params.n) { return; }
  let bits = spread(fractions(y[i], boundingBox(params.boxes)) >> vec2u(16u));
  codes[i] = (bits.x << 1u) | bits.y;
  order[i] = i;
}
