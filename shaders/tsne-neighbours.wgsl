// The k of n points nearest to each query of a chunk by squared Euclidean distance |a|^2 + |b|^2 - 2 a.b; where the
// queries are the points themselves, each leaves itself out. Among equals those of lower index. Written in the order of their indices, so that they can be searched.
// A lane walks all candidates of its row past a max-heap that lies in the output itself: after the first few hundred
// almost every candidate fails one comparison. Neighbouring lanes read neighbouring dots.

struct Params { n: u32, queries: u32, k: u32, chunk: u32, same: u32 } // R queries a chunk; whether they are the points
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> dots: array<f32>;          // [n, R]: points queries[chunk]^T
@group(0) @binding(2) var<storage, read> squares: array<f32>;       // [n]
@group(0) @binding(3) var<storage, read> querySquares: array<f32>;  // [queries]
@group(0) @binding(4) var<storage, read> first: array<u32>;         // [1]: the chunk's first query
@group(0) @binding(5) var<storage, read_write> ids: array<u32>;     // [queries, k]
@group(0) @binding(6) var<storage, read_write> distances: array<f32>; // [queries, k], squared

// Puts (distance, id) in at the root of the heap at base and lets it sink. The root is the farthest, by index among
// equals.
fn sink(base: u32, root: u32, size: u32, distance: f32, id: u32) {
  var at = root;
  loop {
    var child = 2u * at + 1u;
    if (child >= size) { break; }
    var d = distances[base + child];
    var c = ids[base + child];
    if (child + 1u < size) {
      let d2 = distances[base + child + 1u];
      let c2 = ids[base + child + 1u];
      if (d2 > d || (d2 == d && c2 > c)) { child += 1u; d = d2; c = c2; }
    }
    if (distance > d || (distance == d && id > c)) { break; }
    distances[base + at] = d;
    ids[base + at] = c;
    at = child;
  }
  distances[base + at] = distance;
  ids[base + at] = id;
}

// The same with the largest index at the root.
fn sinkById(base: u32, root: u32, size: u32, distance: f32, id: u32) {
  var at = root;
  loop {
    var child = 2u * at + 1u;
    if (child >= size) { break; }
    var c = ids[base + child];
    if (child + 1u < size) {
      let c2 = ids[base + child + 1u];
      if (c2 > c) { child += 1u; c = c2; }
    }
    if (id > c) { break; }
    distances[base + at] = distances[base + child];
    ids[base + at] = c;
    at = child;
  }
  distances[base + at] = distance;
  ids[base + at] = id;
}

fn sortById(base: u32, size: u32) {
  for (var root = size / 2u; root > 0u; root--) {
    let at = base + root - 1u;
    sinkById(base, root - 1u, size, distances[at], ids[at]);
  }
  for (var end = size - 1u; end > 0u; end--) {
    let distance = distances[base + end];
    let id = ids[base + end];
    distances[base + end] = distances[base];
    ids[base + end] = ids[base];
    sinkById(base, 0u, end, distance, id);
  }
}

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  let r = (group.y * groups.x + group.x) * WORKGROUP + lane;
  let row = first[0] + r;
  if (r >= params.chunk || row >= params.queries) { return; }
  let base = row * params.k;
  let own = querySquares[row];
  let all = params.k + params.same == params.n; // then there is nothing to select, and the order is right already
  var filled = 0u;
  var farthest = 0.0;
  for (var j = 0u; j < params.n; j++) {
    if (params.same != 0u && j == row) { continue; }
    let distance = max(own + squares[j] - 2.0 * dots[j * params.chunk + r], 0.0);
    if (filled < params.k) {
      distances[base + filled] = distance;
      ids[base + filled] = j;
      filled += 1u;
      if (filled == params.k && !all) {
        for (var root = params.k / 2u; root > 0u; root--) {
          let at = base + root - 1u;
          sink(base, root - 1u, params.k, distances[at], ids[at]);
        }
        farthest = distances[base];
      }
    } else if (distance < farthest) {
      sink(base, 0u, params.k, distance, j);
      farthest = distances[base];
    }
  }
  if (!all) { sortById(base, params.k); }
}
