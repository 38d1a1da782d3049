// x[r, c] += scale[c] * y[r, c], in place: the layer scale of a residual block (Touvron et al. 2021, CaiT). Not folded into
// the layer's weights before it, since a trained scale of 1e-5 would leave them no digits in f16.

struct Params { size: u32, width: u32 }
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> y: array<f32>;           // [N, C]
@group(0) @binding(2) var<storage, read> scale: array<f32>;       // [C]
@group(0) @binding(3) var<storage, read_write> x: array<f32>;     // [N, C]

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  let i = (group.y * groups.x + group.x) * 64u + lane;
  if (i >= params.size) { return; }
  x[i] += scale[i % params.width] * y[i];
}
