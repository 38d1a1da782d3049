// Rows as they lie in a file, row by row, for a search by cosine: their values in the panels that the GEMM reads, and
// scales[r] = 1 / ||x[r]||, by which products become cosines. Values of 16 bits are moved as they are, and their squares are
// exact in f32; rows of f32 are brought near 1 by a power of two, exactly, by their bits: no square overflows, and nothing
// depends on whether the GPU keeps subnormal numbers. One workgroup per panel of four rows.
// faults = the number of the first row with a NaN or an infinity, and of the first row of zeros.

#constant WORKGROUP = 8 // lanes per panel
#constant BITS = 16     // of a value: 16 or 32
#constant PANEL_GAP = 8 // quads between two panels

struct Params { dim: u32, cols: u32, rows: u32 } // of a row, and as padded to a multiple of 4; rows of a whole piece
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> stored: array<u32>;               // [rows, dim] of BITS each
@group(0) @binding(2) var<storage, read> range: array<u32>;                // [2]: the number of the first row, and rows in this piece
@group(0) @binding(3) var<storage, read_write> words: array<u32>;          // [ceil(rows / 4), cols + PANEL_GAP, 4], of BITS each
@group(0) @binding(4) var<storage, read_write> scales: array<f32>;         // [rows]
@group(0) @binding(5) var<storage, read_write> faults: array<atomic<u32>>; // [2]

var<workgroup> laneBits: array<vec4u, WORKGROUP>;
var<workgroup> laneSums: array<vec4f, WORKGROUP>;
var<workgroup> laneStrange: array<vec4u, WORKGROUP>;

// Values `col` and `col + 1` of 16 bits in a word; zeros beyond the row and the piece.
fn pairAt(row: u32, col: u32) -> u32 {
  if (row >= range[1] || col >= params.dim) { return 0u; }
  let i = row * params.dim + col;
  let last = col + 1u >= params.dim;
  if ((i & 1u) == 0u) { return select(stored[i / 2u], stored[i / 2u] & 0xffffu, last); }
  var pair = stored[i / 2u] >> 16u;
  if (!last) { pair |= stored[i / 2u + 1u] << 16u; }
  return pair;
}

fn wordAt(row: u32, col: u32) -> u32 {
  if (row >= range[1] || col >= params.dim) { return 0u; }
  return stored[row * params.dim + col];
}

fn words4(row: u32, col: u32) -> vec4u {
  return vec4u(wordAt(row, col), wordAt(row + 1u, col), wordAt(row + 2u, col), wordAt(row + 3u, col));
}

// The f32 of these bits times 2^shift; what that makes smaller than 2^-126 is 0, which beside a value near 1 is nothing.
fn shifted(bits: u32, shift: i32) -> f32 {
  let sign = bits & 0x80000000u;
  let exponent = i32((bits >> 23u) & 0xffu);
  let fraction = bits & 0x7fffffu;
  if (exponent == 0) { // subnormal: fraction * 2^-149
    let factor = bitcast<f32>(u32(clamp(shift - 22, 0, 254)) << 23u);
    return bitcast<f32>(bitcast<u32>(f32(fraction) * factor) | sign);
  }
  if (exponent + shift <= 0) { return 0.0; }
  return bitcast<f32>(sign | (u32(exponent + shift) << 23u) | fraction);
}

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  let panel = group.y * groups.x + group.x;
  if (panel >= (params.rows + 3u) / 4u) { return; } // uniform, so the barriers below stay legal
  let row = panel * 4u;
  let firstQuad = panel * (params.cols + PANEL_GAP);
  var largest = vec4u(); // magnitudes, as bits
  var strange = vec4u();
  var sums = vec4f();
  var part = vec4f(); // of 16 steps: rounding does not grow with the row's width
  var step = 0u;

  if (BITS == 16) {
    for (var col = 2u * lane; col < params.cols; col += 2u * WORKGROUP) {
      let pairs = vec4u(pairAt(row, col), pairAt(row + 1u, col), pairAt(row + 2u, col), pairAt(row + 3u, col));
      let at = (firstQuad + col) * 2u;
      words[at] = (pairs.x & 0xffffu) | (pairs.y << 16u);
      words[at + 1u] = (pairs.z & 0xffffu) | (pairs.w << 16u);
      words[at + 2u] = (pairs.x >> 16u) | (pairs.y & 0xffff0000u);
      words[at + 3u] = (pairs.z >> 16u) | (pairs.w & 0xffff0000u);
      largest |= pairs & vec4u(0x7fff7fffu);
      let low = (pairs & vec4u(0x7c00u)) == vec4u(0x7c00u);
      let high = (pairs & vec4u(0x7c000000u)) == vec4u(0x7c000000u);
      strange |= vec4u(low | high);
      let x = unpack2x16float(pairs.x);
      let y = unpack2x16float(pairs.y);
      let z = unpack2x16float(pairs.z);
      let w = unpack2x16float(pairs.w);
      part += vec4f(dot(x, x), dot(y, y), dot(z, z), dot(w, w));
      step += 1u;
      if (step % 16u == 0u) { sums += part; part = vec4f(); }
    }
  } else {
    for (var col = lane; col < params.cols; col += WORKGROUP) {
      let bits = words4(row, col) & vec4u(0x7fffffffu);
      largest = max(largest, bits);
      strange |= vec4u(bits >= vec4u(0x7f800000u));
    }
  }
  laneBits[lane] = largest;
  laneStrange[lane] = strange;
  workgroupBarrier();
  for (var other = 0u; other < WORKGROUP; other++) {
    largest = max(largest, laneBits[other]);
    strange |= laneStrange[other];
  }

  if (BITS == 32) {
    let shift = vec4i(127) - vec4i(max((largest >> vec4u(23u)) & vec4u(0xffu), vec4u(1u)));
    for (var col = lane; col < params.cols; col += WORKGROUP) {
      let bits = words4(row, col);
      var x: vec4f;
      for (var r = 0u; r < 4u; r++) { x[r] = shifted(bits[r], shift[r]); }
      let at = (firstQuad + col) * 4u;
      for (var r = 0u; r < 4u; r++) { words[at + r] = bitcast<u32>(x[r]); }
      part += x * x;
      step += 1u;
      if (step % 16u == 0u) { sums += part; part = vec4f(); }
    }
  }
  laneSums[lane] = sums + part;
  workgroupBarrier();
  if (lane > 0u) { return; }
  var squares = vec4f();
  for (var other = 0u; other < WORKGROUP; other++) { squares += laneSums[other]; }
  for (var r = 0u; r < 4u; r++) {
    if (row + r >= params.rows) { break; }
    scales[row + r] = select(0.0, 1.0 / sqrt(squares[r]), squares[r] > 0.0);
    if (row + r >= range[1]) { continue; }
    if (strange[r] != 0u) { atomicMin(&faults[0], range[0] + row + r); }
    else if (largest[r] == 0u) { atomicMin(&faults[1], range[0] + row + r); }
  }
}
