// finite[r] = 1 where every x[r, c] is finite, else 0. NaN and infinity are the values whose 8 exponent bits are all set.
// Bits are compared, not values, since a shader compiler may assume that there is no NaN.

struct Params { rows: u32, cols: u32 }
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<u32>;            // [rows, cols] bits of f32
@group(0) @binding(2) var<storage, read_write> finite: array<f32>; // [rows]

const EXPONENT = 0x7f800000u;

@compute @workgroup_size(32)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  // One lane per row: rows are few and short, and this runs once per batch.
  let row = (group.y * groups.x + group.x) * 32u + lane;
  if (row >= params.rows) { return; }
  let start = row * params.cols;
  var strange = false;
  for (var c = 0u; c < params.cols; c++) { strange |= (x[start + c] & EXPONENT) == EXPONENT; }
  finite[row] = select(1.0, 0.0, strange);
}
