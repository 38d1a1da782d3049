// The columns of x [M, K] as the rows of a GEMM's weight [K, M]: [ceil(K / 4), M + PANEL_GAP, 4], zeros beyond K. So the GEMM
// multiplies by an untransposed matrix, which training needs and a layer does not.

#constant PANEL_GAP = 8 // quads between two panels
#choice "parts/gemm-rows-quads.wgsl" "parts/gemm-rows-scalars.wgsl"

struct Params { M: u32, K: u32 } // of x
@group(0) @binding(0) var<uniform> params: Params;
// binding 1: x [M, K], by how its rows are read
@group(0) @binding(2) var<storage, read_write> quads: array<vec4f>; // [ceil(K / 4), M + PANEL_GAP]

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  let panels = (params.K + 3u) / 4u;
  let i = (group.y * groups.x + group.x) * 64u + lane;
  if (i >= params.M * panels) { return; }
  let row = i / panels; // neighbouring lanes read neighbouring columns
  let panel = i % panels;
  quads[panel * (params.M + PANEL_GAP) + row] = rowQuad(row, panel * 4u);
}
