// P = (p + p^T) / 2n as compressed sparse rows: row i has its own k neighbours first, then the rows that have i as a
// neighbour but are not neighbours of i; both sorted by index, so that sums over a row are reproducible. Of the rows
// from `first` to `end` - 1, whose entries from `base` on are here. (Each row of p sums to 1, so 2n is the sum that
// scikit-learn divides by.)

#include "../parts/heap.wgsl"
#include "../parts/neighbour-search.wgsl"

struct Params { n: u32, k: u32, first: u32, end: u32, base: u32 }
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> ids: array<u32>;            // [n, k]
@group(0) @binding(2) var<storage, read> p: array<f32>;              // [n, k]
@group(0) @binding(3) var<storage, read> starts: array<u32>;         // [n + 1]
@group(0) @binding(4) var<storage, read_write> columns: array<u32>;  // [entries]: the second parts are there, unsorted
@group(0) @binding(5) var<storage, read_write> values: array<f32>;   // [entries]

alias Item = u32; // a column
fn itemAt(i: u32) -> u32 { return columns[i]; }
fn setItem(i: u32, column: u32) { columns[i] = column; }
fn comesAfter(a: u32, b: u32) -> bool { return a > b; }

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  let row = params.first + (group.y * groups.x + group.x) * 64u + lane;
  if (row >= params.end) { return; }
  let scale = 0.5 / f32(params.n);
  let start = starts[row] - params.base;
  let reverse = start + params.k;
  let end = starts[row + 1u] - params.base;
  for (var s = 0u; s < params.k; s++) {
    let i = row * params.k + s;
    let back = placeOf(ids[i], row, params.k);
    var value = p[i];
    if (back != ABSENT) { value += p[back]; }
    columns[start + s] = ids[i];
    values[start + s] = value * scale;
  }
  heapSort(reverse, end - reverse);
  for (var at = reverse; at < end; at++) { values[at] = p[placeOf(columns[at], row, params.k)] * scale; }
}
