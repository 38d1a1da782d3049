// Brings every row's neighbours from the order of a heap into that of their indices, so that they can be searched:
// heap sort, in place.

#constant WORKGROUP = 8

struct Params { rows: u32, k: u32 }
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read_write> ids: array<u32>;       // [rows, k]
@group(0) @binding(2) var<storage, read_write> distances: array<f32>; // [rows, k], squared

// Puts (distance, id) in at the root of the heap at base and lets it sink; the largest index is at the root.
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
  let row = (group.y * groups.x + group.x) * WORKGROUP + lane;
  if (row < params.rows) { sortById(row * params.k, params.k); }
}
