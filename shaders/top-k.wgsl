// best[r] = the k best of best[r] and of scores[r, :], in order, ties by column. Run on one tile of columns after
// another, it gives the first k of the sorted row, without the whole row in memory. One workgroup per row. Only columns
// that beat the k-th so far become candidates, soon few: chunks start at one column per lane and double, so that the
// first chunk does not make every column a candidate. Candidates and the old list are merged by counting: an entry's
// place is the number of entries before it. The column makes the order strict, so the result does not depend on the
// order of lanes or atomics.

#constant WORKGROUP = 8  // lanes per row
#constant CHUNK = 512    // the most columns between two merges, 8 bytes of workgroup memory each
#constant PIECES = true  // the columns are a piece of a file: `range` has its place, so that one recorded program takes any, and `scales` its units

struct Params { rows: u32, cols: u32, k: u32, firstCol: u32, fresh: u32, smallest: u32 }
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> scores: array<f32>;            // [rows, cols], columns firstCol on
@group(0) @binding(2) var<storage, read_write> best: array<vec2u>;      // [rows, k] of (order, column)
@group(0) @binding(3) var<storage, read_write> spare: array<vec2u>;     // [rows, k]: merging goes from one to the other
@group(0) @binding(4) var<storage, read> range: array<u32>;             // [2]: the number of column 0, and columns that count; of PIECES
@group(0) @binding(5) var<storage, read> scales: array<f32>;            // [cols]: a score's factor; of PIECES

const NONE = vec2u(0xffffffffu); // comes after every entry

var<workgroup> found: array<vec2u, CHUNK>;
var<workgroup> reserved: atomic<u32>;
var<workgroup> count: u32;
var<workgroup> limit: vec2u;

// Sort key: f32 as an unsigned number that grows as the score gets worse. -0 counts as 0.
fn orderOf(score: f32) -> u32 {
  let bits = bitcast<u32>(select(score, 0.0, score == 0.0));
  let ascending = select(bits | 0x80000000u, ~bits, (bits >> 31u) == 1u);
  return select(~ascending, ascending, params.smallest != 0u);
}

fn before(a: vec2u, b: vec2u) -> bool { return a.x < b.x || (a.x == b.x && a.y < b.y); }

fn entry(flipped: bool, i: u32) -> vec2u {
  if (flipped) { return spare[i]; }
  return best[i];
}

fn place(flipped: bool, i: u32, value: vec2u) {
  if (flipped) { best[i] = value; } else { spare[i] = value; }
}

// Number of entries of the row's sorted list before `value`.
fn listedBefore(flipped: bool, start: u32, value: vec2u) -> u32 {
  var low = 0u;
  var high = params.k;
  while (low < high) {
    let middle = (low + high) / 2u;
    if (before(entry(flipped, start + middle), value)) { low = middle + 1u; } else { high = middle; }
  }
  return low;
}

fn foundBefore(candidates: u32, value: vec2u) -> u32 {
  var sum = 0u;
  for (var i = 0u; i < candidates; i++) { sum += u32(before(found[i], value)); }
  return sum;
}

@compute @workgroup_size(WORKGROUP)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let row = group.y * groups.x + group.x;
  if (row >= params.rows) { return; } // uniform, so the barriers below stay legal
  let start = row * params.k;
  var cols = params.cols;
  var firstCol = params.firstCol;
  if (PIECES) {
    cols = min(cols, range[1]);
    firstCol += range[0];
  }
  if (params.fresh != 0u) {
    for (var i = lane; i < params.k; i += WORKGROUP) { best[start + i] = NONE; }
    storageBarrier();
  }

  var flipped = false; // whether the list is in `spare`
  var chunk = u32(WORKGROUP);
  for (var first = 0u; first < cols; ) {
    if (lane == 0u) {
      limit = entry(flipped, start + params.k - 1u);
      atomicStore(&reserved, 0u);
    }
    workgroupBarrier();
    let end = min(first + chunk, cols);
    for (var col = first + lane; col < end; col += WORKGROUP) {
      var score = scores[row * params.cols + col];
      if (PIECES) { score *= scales[col]; }
      let value = vec2u(orderOf(score), firstCol + col);
      if (before(value, limit)) { found[atomicAdd(&reserved, 1u)] = value; }
    }
    workgroupBarrier();
    if (lane == 0u) { count = atomicLoad(&reserved); }
    let candidates = workgroupUniformLoad(&count);
    if (candidates > 0u) {
      for (var i = lane; i < candidates; i += WORKGROUP) {
        let at = listedBefore(flipped, start, found[i]) + foundBefore(candidates, found[i]);
        if (at < params.k) { place(flipped, start + at, found[i]); }
      }
      for (var i = lane; i < params.k; i += WORKGROUP) {
        let value = entry(flipped, start + i);
        let at = i + foundBefore(candidates, value);
        if (at < params.k) { place(flipped, start + at, value); }
      }
      flipped = !flipped;
    }
    storageBarrier();
    workgroupBarrier();
    first = end;
    chunk = min(chunk * 2u, u32(CHUNK));
  }
  if (flipped) {
    for (var i = lane; i < params.k; i += WORKGROUP) { best[start + i] = spare[start + i]; }
  }
}
