// Reorders rows of a matrix x [available, K], row-major, for the kernels; rows beyond x are zeros:
// PANELS: [ceil(R / 4), K + PANEL_GAP, 4], four rows side by side, for the GEMM; otherwise row-major, for tables.
// Stores f32, pairs of f16 (rounded by the GPU; the host has checked the range), or in panels four int8, shares of the
// row's largest magnitude in 127ths, which itself stands in the gap behind the panel.
// The first row is first[0] - offset: on the GPU, so that one recorded program takes any of them.

#constant PANELS = true
#constant BITS = 16     // 32, 16 or 8
#constant PANEL_GAP = 8 // quads between two panels

struct Params { available: u32, cols: u32, rows: u32, offset: u32, firstQuad: u32 } // firstQuad: where they go in `words`
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<f32>;            // [available, K]
@group(0) @binding(2) var<storage, read> first: array<u32>;        // [1]
@group(0) @binding(3) var<storage, read> largest: array<f32>;      // [available] magnitudes of rows, where BITS are 8
@group(0) @binding(4) var<storage, read_write> words: array<u32>;  // the whole matrix, in 32-bit words

fn element(row: u32, col: u32) -> f32 {
  let at = first[0] - params.offset + row;
  if (row >= params.rows || at >= params.available) { return 0.0; } // the last panel's missing rows
  return x[at * params.cols + col];
}

fn scale(row: u32) -> f32 {
  if (row >= params.available) { return 0.0; }
  return largest[row];
}

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  let i = (group.y * groups.x + group.x) * 64u + lane; // one lane per four values
  var values: vec4f;
  var quad = params.firstQuad + i;
  if (PANELS) {
    if (i >= (params.rows + 3u) / 4u * params.cols) { return; }
    let row = i / params.cols * 4u;
    let col = i % params.cols;
    quad += i / params.cols * PANEL_GAP;
    values = vec4f(element(row, col), element(row + 1u, col), element(row + 2u, col), element(row + 3u, col));
  } else {
    let quads = params.cols / 4u;
    if (i >= params.rows * quads) { return; }
    let row = i / quads;
    let col = i % quads * 4u;
    values = vec4f(element(row, col), element(row, col + 1u), element(row, col + 2u), element(row, col + 3u));
  }
  if (BITS == 8) {
    let row = i / params.cols * 4u;
    let scales = vec4f(scale(row), scale(row + 1u), scale(row + 2u), scale(row + 3u));
    words[quad] = pack4x8snorm(select(values / scales, vec4f(), scales == vec4f()));
    if (i % params.cols == 0u) {
      for (var r = 0u; r < 4u; r++) { words[quad + params.cols + r] = bitcast<u32>(scales[r]); }
    }
  } else if (BITS == 16) {
    let at = quad * 2u;
    words[at] = pack2x16float(values.xy);
    words[at + 1u] = pack2x16float(values.zw);
  } else {
    let at = quad * 4u;
    words[at] = bitcast<u32>(values.x);
    words[at + 1u] = bitcast<u32>(values.y);
    words[at + 2u] = bitcast<u32>(values.z);
    words[at + 3u] = bitcast<u32>(values.w);
  }
}
