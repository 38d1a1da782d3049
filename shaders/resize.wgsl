// Resizing and cropping or padding of one decoded image to [size, size], in integers and to the bit as Pillow does it:
// y[i] = clip((sum over t of coefficient[i, t] * x[start[i] + t] + half) >> 22), first along x, then along y, each
// pass rounded to bytes. Coefficients, and so the filter (bicubic, bilinear or nearest), come from the host.
// With alpha, colours are premultiplied before and divided after; CMYK is converted to RGB at the end. A pixel is a
// u32: byte 0 is R (or C), byte 3 is A (or K). One lane per pixel: a tap loads four channels at once. The sums stay in
// i32: the coefficients' magnitudes add up to less than 1.5 * 2^22.

#constant WORKGROUP = 8

const PRECISION_BITS = 22u;

struct Params {
  width: u32,          // of the input: source columns in `columns`, size in `rows`
  rows: u32,           // to write: source rows of this strip in `columns`, size in `rows`
  firstRow: u32,       // first row to write: the strip's in `columns`, index * size in `rows`
  size: u32,
  taps: u32,
  multiplyAlpha: u32,
  cmyk: u32,
  left: u32,           // columns before it, and from `right`, are padding, as are rows without taps
  right: u32,
  fill: u32,           // the padding, RGB
}
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> input: array<u32>;            // [rows, width]
@group(0) @binding(2) var<storage, read> bounds: array<vec2u>;         // [size]: first tap, number of taps
@group(0) @binding(3) var<storage, read> coefficients: array<i32>;     // [size, taps]
@group(0) @binding(4) var<storage, read_write> output: array<u32>;     // [.., size]

fn unpack(pixel: u32) -> vec4i {
  return vec4i((vec4u(pixel) >> vec4u(0u, 8u, 16u, 24u)) & vec4u(255u));
}

fn pack(channels: vec4i) -> u32 {
  let bytes = vec4u(channels) << vec4u(0u, 8u, 16u, 24u);
  return bytes.x | bytes.y | bytes.z | bytes.w;
}

// a * b / 255, rounded.
fn mulDiv255(a: vec3i, b: i32) -> vec3i {
  let product = a * b + 128;
  return ((product >> vec3u(8u)) + product) >> vec3u(8u);
}

fn roundToBytes(sum: vec4i) -> vec4i {
  return clamp(sum >> vec4u(PRECISION_BITS), vec4i(0), vec4i(255));
}

// source [rows, width] of this strip -> output [firstRow.., size], still premultiplied
@compute @workgroup_size(WORKGROUP)
fn columns(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  let x = group.x * WORKGROUP + lane;
  let y = group.y;
  if (x >= params.size || y >= params.rows) { return; }
  let span = bounds[x];
  let start = y * params.width + span.x;
  var sum = vec4i(1 << (PRECISION_BITS - 1u));
  for (var t = 0u; t < span.y; t++) {
    var pixel = unpack(input[start + t]);
    if (params.multiplyAlpha != 0u) { pixel = vec4i(mulDiv255(pixel.rgb, pixel.a), pixel.a); }
    sum += coefficients[x * params.taps + t] * pixel;
  }
  output[(params.firstRow + y) * params.size + x] = pack(roundToBytes(sum));
}

// what `columns` wrote [.., size] -> pixels [B, size, size] at row firstRow, RGB with byte 3 zero
@compute @workgroup_size(WORKGROUP)
fn rows(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  let x = group.x * WORKGROUP + lane;
  let y = group.y;
  if (x >= params.size || y >= params.rows) { return; }
  let span = bounds[y];
  if (span.y == 0u || x < params.left || x >= params.right) {
    output[(params.firstRow + y) * params.size + x] = params.fill;
    return;
  }
  var sum = vec4i(1 << (PRECISION_BITS - 1u));
  for (var t = 0u; t < span.y; t++) {
    sum += coefficients[y * params.taps + t] * unpack(input[(span.x + t) * params.width + x]);
  }
  let pixel = roundToBytes(sum);
  var rgb = pixel.rgb;
  if (params.multiplyAlpha != 0u && pixel.a != 0) { // Pillow keeps the colours where alpha is 0
    rgb = min(255 * rgb / pixel.a, vec3i(255));
  }
  if (params.cmyk != 0u) {
    let white = 255 - pixel.a;
    rgb = clamp(white - mulDiv255(rgb, white), vec3i(0), vec3i(255));
  }
  output[(params.firstRow + y) * params.size + x] = pack(vec4i(rgb, 0));
}
