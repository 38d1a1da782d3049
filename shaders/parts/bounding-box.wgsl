// The bounding box of all points, and a point's position in it. For kernels that bind `boxes`, what tsne/move.wgsl
// wrote, one for each stretch of points.

struct Box { origin: vec2f, size: vec2f }

fn boundingBox(count: u32) -> Box {
  var all = boxes[0];
  for (var b = 1u; b < count; b++) {
    let other = boxes[b];
    all = vec4f(min(all.xy, other.xy), max(all.zw, other.zw));
  }
  return Box(all.xy, all.zw - all.xy);
}

// Just under 2^32, so that rounding up stays within 32 bits.
const FULL = 4294963200.0;

// A point's position in the box as 32-bit fractions.
fn fractions(place: vec2f, box: Box) -> vec2u {
  let scale = select(vec2f(), vec2f(FULL) / box.size, box.size > vec2f());
  return vec2u((place - box.origin) * scale);
}
