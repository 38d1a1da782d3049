// The gradient of the loss in the cosines s [B, B] of images (rows) and texts (columns).
// CLIP (Radford et al. 2021), half the cross-entropy of the rows and half that of the columns of scale * s, the pairs on the
// diagonal: ds[i, j] = scale / 2B * (exp(scale s[i, j] - rows[i]) + exp(scale s[i, j] - columns[j]) - 2 [i = j]).
// ModGap's alignment of true pairs, mean |x - y|^2 = mean (2 - 2 s[i, i]), adds -2 / B * align on the diagonal.

#include "../parts/head-step.wgsl"

struct Params { batch: u32, align: f32 } // B
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> s: array<f32>;             // [B, B]
@group(0) @binding(2) var<storage, read> sums: array<f32>;          // [2, B]: log-sum-exp of the rows, then of the columns
@group(0) @binding(3) var<storage, read> schedule: array<Step>;     // [steps]
@group(0) @binding(4) var<storage, read> clock: array<u32>;         // [1]: the step
@group(0) @binding(5) var<storage, read_write> ds: array<f32>;      // [B, B]
@group(0) @binding(6) var<storage, read_write> transposed: array<f32>; // [B, B]

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  let at = (group.y * groups.x + group.x) * 64u + lane;
  let batch = params.batch;
  if (at >= batch * batch) { return; }
  let i = at / batch;
  let j = at % batch;
  let scale = schedule[clock[0]].scale;
  let logit = scale * s[at];
  var gradient = 0.5 * scale * (exp(logit - sums[i]) + exp(logit - sums[batch + j]));
  if (i == j) { gradient -= scale + 2.0 * params.align; }
  gradient /= f32(batch);
  ds[at] = gradient;
  transposed[j * batch + i] = gradient;
}
