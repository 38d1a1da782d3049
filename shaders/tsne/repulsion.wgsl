// repulsion[i] = (sum q^2 (y_i - c), sum q), q = 1 / (1 + |y_i - c|^2): Barnes-Hut (Barnes and Hut 1986; van der
// Maaten 2014). A cell of m points stands for them at their centre of mass c where width^2 / |y_i - c|^2 < angle^2,
// as in scikit-learn. Points with the same 32 bits of place count as one cell, without the point itself.
// One lane per point, in Morton order, so that neighbouring lanes take nearly the same path through the tree.

#constant WORKGROUP = 8
#include "../parts/bounding-box.wgsl"
#include "../parts/tree-walk.wgsl"

struct Params { n: u32, boxes: u32 }
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> y: array<vec2f>;               // [n]
@group(0) @binding(2) var<storage, read> order: array<u32>;             // [n]
@group(0) @binding(3) var<storage, read> codes: array<u32>;             // [n], in Morton order
@group(0) @binding(4) var<storage, read> nodes: array<vec4f>;           // [2n - 1]: centre of mass from the box's corner, points, reach^2
@group(0) @binding(5) var<storage, read> links: array<vec2u>;           // [2n - 1]: first child, or code; next
@group(0) @binding(6) var<storage, read> boxes: array<vec4f>;           // [boxes]
@group(0) @binding(7) var<storage, read_write> repulsion: array<vec4f>; // [n]

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  let t = (group.y * groups.x + group.x) * WORKGROUP + lane;
  if (t >= params.n) { return; }
  let i = order[t];
  let place = y[i] - boundingBox(params.boxes).origin;
  let code = codes[t];
  var force = vec2f();
  var sum = 0.0;
  var node = 0u;
  while (node != END) {
    let cell = nodes[node];
    let link = links[node];
    var difference = place - cell.xy;
    var count = cell.z;
    var distance2 = dot(difference, difference);
    if (distance2 <= cell.w) { // too near for so wide a cell
      node = link.x;
      continue;
    }
    if (cell.w < 0.0 && link.x == code) { // its own cell
      count -= 1.0;
      difference *= cell.z / max(count, 1.0); // the centre of the others
      distance2 = dot(difference, difference);
    }
    let q = 1.0 / (1.0 + distance2);
    sum += count * q;
    force += count * q * q * difference;
    node = link.y;
  }
  repulsion[i] = vec4f(force, sum, 0.0);
}
