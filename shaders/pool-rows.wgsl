// y[i, c] = the mean, or the largest, of x[r, c] over the rows r of span i: a sequence's mean or max pooling, and with
// spans of one row its class token, unchanged. One lane a channel of a span, so that neighbours read neighbouring values.

struct Params { count: u32, width: u32, largest: u32 } // B, C, 1 for the largest
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<f32>;            // [N, C]
@group(0) @binding(2) var<storage, read> spans: array<vec2u>;      // [B]: first row, number of rows
@group(0) @binding(3) var<storage, read_write> y: array<f32>;      // [B, C]

const EXPONENT = 0x7f800000u;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  let blocks = (params.width + 63u) / 64u; // workgroups a span
  let index = group.y * groups.x + group.x;
  let i = index / blocks;
  let c = (index % blocks) * 64u + lane;
  if (i >= params.count || c >= params.width) { return; }
  let span = spans[i];
  var sum = x[span.x * params.width + c];
  var largest = sum;
  var nonFinite = (bitcast<u32>(sum) & EXPONENT) == EXPONENT; // which a maximum could hide
  for (var r = 1u; r < span.y; r++) {
    let value = x[(span.x + r) * params.width + c];
    nonFinite |= (bitcast<u32>(value) & EXPONENT) == EXPONENT;
    sum += value;
    largest = max(largest, value);
  }
  let mean = sum / f32(span.y);
  y[i * params.width + c] = select(mean, largest, params.largest != 0u && !nonFinite);
}
