// sums[first + i] = log sum_j exp(scale m[i, j]) over the rows of a square matrix, or by the strides over its columns; with or
// without the diagonal. The largest value is taken out first, or exp would overflow f32 from scale 88 on.

#include "../parts/head-step.wgsl"

struct Params { count: u32, lineStride: u32, stride: u32, first: u32, scale: f32, diagonal: u32 } // B; scale 0: the step's
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> m: array<f32>;            // [B, B]
@group(0) @binding(2) var<storage, read> schedule: array<Step>;    // [steps]
@group(0) @binding(3) var<storage, read> clock: array<u32>;        // [1]: the step
@group(0) @binding(4) var<storage, read_write> sums: array<f32>;   // [lines, B]

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  let line = group.x * 64u + lane; // one lane per line: they are few and short
  if (line >= params.count) { return; }
  let scale = select(params.scale, schedule[clock[0]].scale, params.scale == 0.0);
  let start = line * params.lineStride;
  var largest = -3.4e38;
  for (var j = 0u; j < params.count; j++) {
    if (j != line || params.diagonal != 0u) { largest = max(largest, scale * m[start + j * params.stride]); }
  }
  var sum = 0.0;
  for (var j = 0u; j < params.count; j++) {
    if (j != line || params.diagonal != 0u) { sum += exp(scale * m[start + j * params.stride] - largest); }
  }
  sums[params.first + line] = largest + log(sum);
}
