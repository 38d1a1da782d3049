// into[r] = x[ids[r]]: copies rows by their index. x is the part of the rows from `first` on; places of rows of other parts,
// and those without an index, keep what is there. PANELS: four rows side by side, [ceil(R / 4), K + PANEL_GAP, 4], for the
// GEMM, a lane for a square of 4 x 4 values; otherwise row-major, a lane for four values.

#constant PANELS = true
#constant PANEL_GAP = 8 // quads between two panels

struct Params { count: u32, quads: u32, first: u32, rows: u32 } // R, K / 4; the part's first row and its rows
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<vec4f>;         // [rows, K / 4]
@group(0) @binding(2) var<storage, read> ids: array<u32>;         // [R]
@group(0) @binding(3) var<storage, read_write> into: array<vec4f>;

// Where row r begins in x, or `absent`.
const ABSENT = 0xffffffffu;
fn startOf(r: u32) -> u32 {
  if (r >= params.count || ids[r] < params.first || ids[r] - params.first >= params.rows) { return ABSENT; }
  return (ids[r] - params.first) * params.quads;
}

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  let i = (group.y * groups.x + group.x) * 64u + lane;
  let index = i / params.quads;
  let quad = i % params.quads;
  if (PANELS) {
    if (4u * index >= params.count) { return; }
    let at = index * (4u * params.quads + PANEL_GAP) + 4u * quad;
    var square = mat4x4f(into[at], into[at + 1u], into[at + 2u], into[at + 3u]);
    square = transpose(square); // a row of x a column
    for (var r = 0u; r < 4u; r++) {
      let start = startOf(4u * index + r);
      if (start != ABSENT) { square[r] = x[start + quad]; }
    }
    square = transpose(square);
    for (var c = 0u; c < 4u; c++) { into[at + c] = square[c]; }
  } else {
    let start = startOf(index);
    if (start != ABSENT) { into[i] = x[start + quad]; }
  }
}
