// The columns of x [K, N] as the rows of a GEMM's weight: [ceil(N / 4), K + PANEL_GAP, 4], zeros beyond N. So x [M, K] times
// it is a product with an untransposed matrix, which training needs and a layer does not.

#constant PANEL_GAP = 8 // quads between two panels

struct Params { rows: u32, cols: u32 } // K, N
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<f32>;            // [K, N]
@group(0) @binding(2) var<storage, read_write> quads: array<vec4f>; // [ceil(N / 4), K + PANEL_GAP]

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  let panels = (params.cols + 3u) / 4u;
  let i = (group.y * groups.x + group.x) * 64u + lane;
  if (i >= params.rows * panels) { return; }
  let row = i / panels; // neighbouring lanes read neighbouring columns
  let panel = i % panels;
  let columns = min(params.cols - panel * 4u, 4u);
  var values = vec4f();
  for (var c = 0u; c < columns; c++) { values[c] = x[row * params.cols + panel * 4u + c]; }
  quads[panel * (params.rows + PANEL_GAP) + row] = values;
}
