// The quadtree over the points in Morton order, every node on its own: a binary radix tree (Karras 2012), whose node
// i of n - 1 begins or ends at point i; the leaves follow as nodes n - 1 to 2n - 2. A node stands for the smallest
// cell that holds its points, so cells with a single occupied quarter have no node, since they need no decision. Nodes
// are linked for a walk without a stack: to the first child, and to what comes after the whole subtree: that is the
// right child which begins at the next point, which by Karras' numbering has that point's index.

#include "../parts/bounding-box.wgsl"
#include "../parts/tree-walk.wgsl"

struct Params { n: u32, boxes: u32, inverseAngle: f32 } // 1 / angle, or a large number for angle 0
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> codes: array<u32>;          // [n], ascending
@group(0) @binding(2) var<storage, read> sums: array<vec4u>;         // [n + 1]
@group(0) @binding(3) var<storage, read> boxes: array<vec4f>;        // [boxes]
@group(0) @binding(4) var<storage, read_write> nodes: array<vec4f>;  // [2n - 1]: centre of mass from the box's corner, points, reach^2
@group(0) @binding(5) var<storage, read_write> links: array<vec2u>;  // [2n - 1]: first child, or code; next

// Unlike a quadtree's, these nodes may be halves of a square cell. So that forces are not less exact than scikit-learn's
// at the same angle, cells count as a little wider than they are.
const CAUTION = 1.05;

// Number of leading bits that the keys of points i and j share; the index extends the code, so that all keys differ.
fn commonBits(i: u32, j: i32) -> i32 {
  if (j < 0 || j >= i32(params.n)) { return -1; }
  let difference = codes[i] ^ codes[u32(j)];
  if (difference != 0u) { return i32(countLeadingZeros(difference)); }
  return 32 + i32(countLeadingZeros(i ^ u32(j)));
}

// The right child that begins at point t.
fn nodeFrom(t: u32) -> u32 {
  if (t >= params.n) { return END; }
  let i = i32(t);
  if (t + 1u < params.n && commonBits(t, i + 1) > commonBits(t, i - 1)) { return t; }
  return params.n - 1u + t;
}

// hi 2^32 + lo over 2^32, as f32
fn fraction(lo: u32, hi: u32) -> f32 { return f32(hi) + f32(lo) * 2.3283064365386963e-10; }

fn store(node: u32, first: u32, last: u32, reach2: f32, child: u32) {
  let box = boundingBox(params.boxes);
  let a = sums[first];
  let b = sums[last + 1u];
  let low = b.xz - a.xz;
  let high = b.yw - a.yw - select(vec2u(), vec2u(1u), b.xz < a.xz);
  let count = f32(last - first + 1u);
  let place = vec2f(fraction(low.x, high.x), fraction(low.y, high.y)) / count;
  nodes[node] = vec4f(place * box.size * (4294967296.0 / FULL), count, reach2);
  links[node] = vec2u(child, nodeFrom(last + 1u));
}

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  let node = (group.y * groups.x + group.x) * 64u + lane;
  let leaves = params.n - 1u;
  if (node > 2u * leaves) { return; }
  if (node >= leaves) {
    let t = node - leaves;
    store(node, t, t, SOLID, codes[t]);
    return;
  }

  // The range of points: from node in the direction in which more bits are shared, as far as more are than the other way.
  let i = i32(node);
  let direction = select(-1, 1, commonBits(node, i + 1) > commonBits(node, i - 1));
  let fewest = commonBits(node, i - direction);
  var limit = 2;
  while (commonBits(node, i + limit * direction) > fewest) { limit *= 2; }
  var length = 0;
  for (var step = limit / 2; step > 0; step /= 2) {
    if (commonBits(node, i + (length + step) * direction) > fewest) { length += step; }
  }
  let j = i + length * direction;
  let first = u32(min(i, j));
  let last = u32(max(i, j));
  let bits = commonBits(node, j);
  if (bits >= 32) {
    store(node, first, last, SOLID, codes[first]);
    return;
  }

  // The split: the last point that shares more bits with the first than all do.
  var split = first;
  var step = last - first;
  while (step > 1u) {
    step = (step + 1u) / 2u;
    if (split + step < last && commonBits(first, i32(split + step)) > bits) { split += step; }
  }
  let child = select(split, leaves + split, split == first);
  // x is halved by the first, third, .. bit, y by the second, fourth, ..; the wider side counts, as in scikit-learn
  let size = boundingBox(params.boxes).size;
  let width = max(ldexp(size.x, -(bits + 1) / 2), ldexp(size.y, -(bits / 2)));
  let reach = CAUTION * width * params.inverseAngle;
  store(node, first, last, reach * reach, child);
}
