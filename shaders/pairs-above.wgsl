// found = the (row, column, score) of scores[r, c] >= threshold, in any order, and count = how many there are, which may
// be more than `found` has places for. With `triangular` only columns beyond the row count: each pair of one set once, and
// no row with itself. One lane per four columns; what is found is rare, so one counter serves all.

struct Params { cols: u32, firstCol: u32, places: u32, triangular: u32, threshold: f32 }
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> scores: array<f32>;              // [rows, cols], columns firstCol on
@group(0) @binding(2) var<storage, read> range: array<u32>;               // [2]: the first row's number, and rows that count
@group(0) @binding(3) var<storage, read_write> found: array<u32>;         // [places, 3]: row, column, bits of the score
@group(0) @binding(4) var<storage, read_write> count: array<atomic<u32>>; // [1]

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  let i = (group.y * groups.x + group.x) * 64u + lane;
  let quads = (params.cols + 3u) / 4u;
  let row = i / quads;
  if (row >= range[1]) { return; }
  let first = i % quads * 4u;
  for (var col = first; col < min(first + 4u, params.cols); col++) {
    let score = scores[row * params.cols + col];
    let isPair = params.triangular == 0u || params.firstCol + col > range[0] + row;
    if (!isPair || score < params.threshold) { continue; }
    let at = atomicAdd(&count[0], 1u);
    if (at >= params.places) { continue; }
    found[at * 3u] = range[0] + row;
    found[at * 3u + 1u] = params.firstCol + col;
    found[at * 3u + 2u] = bitcast<u32>(score);
  }
}
