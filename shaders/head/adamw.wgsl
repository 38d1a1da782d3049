// AdamW (Loshchilov and Hutter 2019), as torch.optim.AdamW: decay first, then the step by the corrected moments,
// value -= learningRate * first' / (sqrt(second') + eps).

#choice "../parts/values-quads.wgsl" "../parts/values-scalars.wgsl"
#include "../parts/head-step.wgsl"

struct Params { count: u32, beta1: f32, beta2: f32, eps: f32, decay: f32 } // of Values
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> gradient: array<Value>;     // [count]
@group(0) @binding(2) var<storage, read> schedule: array<Step>;    // [steps]
@group(0) @binding(3) var<storage, read> clock: array<u32>;        // [1]: the step
@group(0) @binding(4) var<storage, read_write> value: array<Value>;  // [count]
@group(0) @binding(5) var<storage, read_write> first: array<Value>;  // [count]: moving mean of the gradient
@group(0) @binding(6) var<storage, read_write> second: array<Value>; // [count]: of its square

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  let i = (group.y * groups.x + group.x) * 64u + lane;
  if (i >= params.count) { return; }
  let step = schedule[clock[0]];
  let g = gradient[i];
  let m = params.beta1 * first[i] + (1.0 - params.beta1) * g;
  let v = params.beta2 * second[i] + (1.0 - params.beta2) * g * g;
  first[i] = m;
  second[i] = v;
  let size = sqrt(v * step.secondCorrection) + params.eps;
  let decayed = value[i] * (1.0 - step.learningRate * params.decay);
  value[i] = decayed - step.learningRate * step.firstCorrection * m / size;
}
