// y[i] = x[order[step, i]]: the rows of this step's batch.

struct Params { batch: u32, dim: u32 } // B, D
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<f32>;            // [n, D]
@group(0) @binding(2) var<storage, read> order: array<u32>;        // [steps, B]
@group(0) @binding(3) var<storage, read> clock: array<u32>;        // [1]: the step
@group(0) @binding(4) var<storage, read_write> y: array<f32>;      // [B, D]

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  let i = group.x; // one workgroup per row
  let row = order[clock[0] * params.batch + i];
  for (var c = lane; c < params.dim; c += 64u) { y[i * params.dim + c] = x[row * params.dim + c]; }
}
