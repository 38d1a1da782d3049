// ModGap's centroid uniformity, log of the mean over pairs i != j of exp(-2 |c[i] - c[j]|^2) for unit vectors c, which is
// exp(4 g[i, j] - 4) by their cosines g. Its gradient in c[i] is sum_j weights[i, j] c[j], with
// weights[i, j] = 8 exp(4 g[i, j] - 4) / sum of all, 0 for i = j: each pair counts twice in the sum.
// One workgroup per row, which adds up the sums of all rows itself.

#constant WORKGROUP = 8 // lanes per row, a power of two
#include "../parts/sum-lanes.wgsl"

struct Params { batch: u32, first: u32, weight: f32 } // B, where the centroids' sums begin, the loss term's weight
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> g: array<f32>;            // [B, B]
@group(0) @binding(2) var<storage, read> sums: array<f32>;         // from `first` on [B]: log sum exp(4 g) of each row
@group(0) @binding(3) var<storage, read_write> weights: array<f32>; // [B, B]

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  let row = group.x;
  var part = 0.0;
  for (var i = lane; i < params.batch; i += WORKGROUP) { part += exp(sums[params.first + i] - 4.0); }
  let factor = 8.0 * params.weight / sumOverLanes(lane, part);
  for (var j = lane; j < params.batch; j += WORKGROUP) {
    let at = row * params.batch + j;
    weights[at] = select(factor * exp(4.0 * g[at] - 4.0), 0.0, j == row);
  }
}
