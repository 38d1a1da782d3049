// y += velocity, and the bounding box of each stretch of points where they are then.

#constant WORKGROUP = 8
#include "../parts/combine-lanes.wgsl"

struct Params { n: u32, stretch: u32 }
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> motion: array<vec4f>;       // [n]: velocity, gains
@group(0) @binding(2) var<storage, read_write> y: array<vec2f>;      // [n]
@group(0) @binding(3) var<storage, read_write> boxes: array<vec4f>;  // [workgroups]: smallest, largest

alias Partial = vec4f; // smallest, largest
fn combined(a: vec4f, b: vec4f) -> vec4f { return vec4f(min(a.xy, b.xy), max(a.zw, b.zw)); }

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  let start = group.x * params.stretch;
  let end = min(start + params.stretch, params.n);
  var box = vec4f(vec2f(3e38), vec2f(-3e38));
  for (var i = start + lane; i < end; i += WORKGROUP) {
    let place = y[i] + motion[i].xy;
    y[i] = place;
    box = combined(box, vec4f(place, place));
  }
  box = combineLanes(lane, box);
  if (lane == 0u) { boxes[group.x] = box; }
}
