// losses[step] = CLIP's loss + modGap (alignment + uniformity) + identity (|W_image - I|^2 + |W_text - I|^2), from what the
// gradients' kernels left; then the clock moves on to the next step. Each term's gradient is in the kernel of its name.

#constant WORKGROUP = 8 // lanes, a power of two
#include "../parts/sum-lanes.wgsl"
#include "../parts/head-step.wgsl"

struct Params { batch: u32, dim: u32, modGap: f32, identity: f32 } // B, D
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> s: array<f32>;            // [B, B]: cosines
@group(0) @binding(2) var<storage, read> sums: array<f32>;         // [2, B] or [3, B]: log-sum-exp of rows, columns, centroids
@group(0) @binding(3) var<storage, read> departures: array<f32>;   // [2, D], or unused
@group(0) @binding(4) var<storage, read> schedule: array<Step>;    // [steps]
@group(0) @binding(5) var<storage, read_write> clock: array<u32>;  // [1]: the step
@group(0) @binding(6) var<storage, read_write> losses: array<f32>; // [steps]

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(local_invocation_index) lane: u32) {
  let step = clock[0];
  let batch = f32(params.batch);
  var entropy = 0.0;
  var distance = 0.0;
  var density = 0.0;
  for (var i = lane; i < params.batch; i += WORKGROUP) {
    let cosine = s[i * params.batch + i];
    entropy += 0.5 * (sums[i] + sums[params.batch + i]) - schedule[step].scale * cosine;
    distance += 2.0 - 2.0 * cosine;
    if (params.modGap != 0.0) { density += exp(sums[2u * params.batch + i] - 4.0); }
  }
  var departure = 0.0;
  if (params.identity != 0.0) {
    for (var i = lane; i < 2u * params.dim; i += WORKGROUP) { departure += departures[i]; }
  }
  var loss = sumOverLanes(lane, entropy) / batch + params.identity * sumOverLanes(lane, departure);
  let alignment = sumOverLanes(lane, distance) / batch;
  let uniformity = log(sumOverLanes(lane, density) / (batch * (batch - 1.0)));
  if (params.modGap != 0.0) { loss += params.modGap * (alignment + uniformity); }
  if (lane == 0u) {
    losses[step] = loss;
    clock[0] = step + 1u;
  }
}
