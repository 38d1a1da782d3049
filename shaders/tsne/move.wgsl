// y += velocity, and the bounding box of each stretch of points where they are then.

#constant WORKGROUP = 8

struct Params { n: u32, stretch: u32 }
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> motion: array<vec4f>;       // [n]: velocity, gains
@group(0) @binding(2) var<storage, read_write> y: array<vec2f>;      // [n]
@group(0) @binding(3) var<storage, read_write> boxes: array<vec4f>;  // [workgroups]: smallest, largest

var<workgroup> partial: array<vec4f, WORKGROUP>;

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  let start = group.x * params.stretch;
  let end = min(start + params.stretch, params.n);
  var smallest = vec2f(3e38);
  var largest = vec2f(-3e38);
  for (var i = start + lane; i < end; i += WORKGROUP) {
    let place = y[i] + motion[i].xy;
    y[i] = place;
    smallest = min(smallest, place);
    largest = max(largest, place);
  }
  partial[lane] = vec4f(smallest, largest);
  workgroupBarrier();
  if (lane != 0u) { return; }
  for (var l = 1u; l < WORKGROUP; l++) {
    smallest = min(smallest, partial[l].xy);
    largest = max(largest, partial[l].zw);
  }
  boxes[group.x] = vec4f(smallest, largest);
}
