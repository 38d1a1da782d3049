// y[r] = x[r] / max(||x[r]||, 1e-12), as torch.nn.functional.normalize: a zero row stays zero.
// The row is scaled by its largest value first, so that neither squares of large values overflow nor those of small
// ones underflow.

struct Params { rows: u32, cols: u32 }
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<f32>;            // [rows, cols]
@group(0) @binding(2) var<storage, read_write> y: array<f32>;      // [rows, cols]

@compute @workgroup_size(32)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  // One lane per row: rows are few and short, and this runs once per batch.
  let row = (group.y * groups.x + group.x) * 32u + lane;
  if (row >= params.rows) { return; }
  let start = row * params.cols;
  var largest = 0.0;
  for (var c = 0u; c < params.cols; c++) { largest = max(largest, abs(x[start + c])); }
  let unit = max(largest, 1e-30);
  var squares = 0.0;
  for (var c = 0u; c < params.cols; c++) {
    let value = x[start + c] / unit;
    squares += value * value;
  }
  let norm = max(sqrt(squares), 1e-12 / unit); // relative to the largest value: the norm itself may overflow
  for (var c = 0u; c < params.cols; c++) { y[start + c] = x[start + c] / unit / norm; }
}
