// w[p, k, c] = x[first - offset + 4 p + c, k]: a chunk of rows as the panels of four that the GEMM reads, zeros beyond
// the rows. x is the part of the points from `offset` on.

#constant PANEL_GAP = 8 // quads between two panels

struct Params { rows: u32, cols: u32, chunk: u32, offset: u32 } // of the part, K, R
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<f32>;            // [rows, K]
@group(0) @binding(2) var<storage, read> first: array<u32>;        // [1]
@group(0) @binding(3) var<storage, read_write> w: array<f32>;      // [R / 4, K + PANEL_GAP, 4]

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  let i = (group.y * groups.x + group.x) * 64u + lane;
  if (i >= params.chunk * params.cols) { return; }
  let k = i / 4u % params.cols;
  let row = first[0] - params.offset + i / (4u * params.cols) * 4u + i % 4u;
  var value = 0.0;
  if (row < params.rows) { value = x[row * params.cols + k]; }
  w[i + i / (4u * params.cols) * 4u * PANEL_GAP] = value;
}
