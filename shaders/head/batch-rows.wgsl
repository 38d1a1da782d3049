// y[i] = x[order[step, i]]: the rows of this step's batch.

#choice "../parts/values-quads.wgsl" "../parts/values-scalars.wgsl"

struct Params { batch: u32, width: u32 } // B, Values of a row
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<Value>;          // [n, D]
@group(0) @binding(2) var<storage, read> order: array<u32>;        // [steps, B]
@group(0) @binding(3) var<storage, read> clock: array<u32>;        // [1]: the step
@group(0) @binding(4) var<storage, read_write> y: array<Value>;    // [B, D]

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  let i = group.x; // one workgroup per row
  let row = order[clock[0] * params.batch + i];
  for (var c = lane; c < params.width; c += 64u) { y[i * params.width + c] = x[row * params.width + c]; }
}
