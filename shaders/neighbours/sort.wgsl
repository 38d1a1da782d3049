// Sorts every row's neighbours, by index for binary search, or by distance with ties by index: heap sort, in place.

#constant WORKGROUP = 8
#constant BY_DISTANCE = false
#include "../parts/heap.wgsl"

struct Params { rows: u32, k: u32 }
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read_write> ids: array<u32>;       // [rows, k]
@group(0) @binding(2) var<storage, read_write> distances: array<f32>; // [rows, k], squared

struct Item { distance: f32, id: u32 }
fn itemAt(i: u32) -> Item { return Item(distances[i], ids[i]); }
fn setItem(i: u32, item: Item) {
  distances[i] = item.distance;
  ids[i] = item.id;
}
fn comesAfter(a: Item, b: Item) -> bool {
  if (BY_DISTANCE && a.distance != b.distance) { return a.distance > b.distance; }
  return a.id > b.id;
}

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  let row = (group.y * groups.x + group.x) * WORKGROUP + lane;
  if (row < params.rows) { heapSort(row * params.k, params.k); }
}
