// y[r, c] = (x[r, c] - mean(x[r])) / sqrt(var(x[r]) + eps) * weight[c] + bias[c]
// Layer normalisation (Ba et al. 2016) over the last axis, as torch.nn.LayerNorm: biased variance.
// One workgroup per row, so the row's sums stay in workgroup memory. Two passes, mean first: E[x^2] - E[x]^2 cancels to
// noise in f32 when |mean| >> std.

#constant WORKGROUP = 8 // lanes per row, a power of two; few on software adapters, where barriers cost more than loads
#include "parts/sum-lanes.wgsl"

struct Params { rows: u32, cols: u32, eps: f32 }
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<f32>;            // [rows, cols]
@group(0) @binding(2) var<storage, read> weight: array<f32>;       // [cols]
@group(0) @binding(3) var<storage, read> bias: array<f32>;         // [cols]
@group(0) @binding(4) var<storage, read_write> y: array<f32>;      // [rows, cols]

@compute @workgroup_size(WORKGROUP)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let row = group.y * groups.x + group.x; // two axes: one axis stops at 65,535 rows
  if (row >= params.rows) { return; }     // uniform, so the barriers below stay legal
  let start = row * params.cols;
  let count = f32(params.cols);

  var sum = 0.0;
  for (var c = lane; c < params.cols; c += WORKGROUP) { sum += x[start + c]; }
  let mean = sumOverLanes(lane, sum) / count;

  var squares = 0.0;
  for (var c = lane; c < params.cols; c += WORKGROUP) {
    let centred = x[start + c] - mean;
    squares += centred * centred;
  }
  let scale = inverseSqrt(sumOverLanes(lane, squares) / count + params.eps);

  for (var c = lane; c < params.cols; c += WORKGROUP) {
    y[start + c] = (x[start + c] - mean) * scale * weight[c] + bias[c];
  }
}
