// sums[t] = the sum of the positions of the first t points in Morton order, in 64-bit integers: (x low, x high, y low,
// y high), positions being 32-bit fractions of the bounding box. The difference of two entries is the sum over a node
// of the tree, to the bit: no rounding, and no walk up the tree, which WGSL's relaxed atomics could not order between
// workgroups.

#constant WORKGROUP = 64
#include "../parts/bounding-box.wgsl"
#include "../parts/scan.wgsl"

struct Params { n: u32, boxes: u32 }
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> y: array<vec2f>;            // [n]
@group(0) @binding(2) var<storage, read> order: array<u32>;          // [n]
@group(0) @binding(3) var<storage, read> boxes: array<vec4f>;        // [boxes]
@group(0) @binding(4) var<storage, read_write> sums: array<vec4u>;   // [n + 1]

alias Value = vec4u;

// 64-bit additions: x in the first two words, y in the last two.
fn plus(a: vec4u, b: vec4u) -> vec4u {
  let low = a.xz + b.xz;
  let carry = select(vec2u(), vec2u(1u), low < a.xz);
  let high = a.yw + b.yw + carry;
  return vec4u(low.x, high.x, low.y, high.y);
}

var<private> box: Box; // the same for all points

fn valueAt(t: u32) -> vec4u {
  let place = fractions(y[order[t]], box);
  return vec4u(place.x, 0u, place.y, 0u);
}

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(local_invocation_index) lane: u32) {
  box = boundingBox(params.boxes);
  scan(lane, params.n);
}
