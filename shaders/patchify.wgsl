// rows[b, p, (c, dy, dx)] = (pixel / 255 - mean[c]) / std[c]: an image's patches, each as one row in the order of a
// convolution's weight [C, 3, P, P], so that timm's PatchEmbed becomes a GEMM.

struct Params {
  patches: u32, side: u32, patchSize: u32, // B * (S / P)^2, S, P
  meanR: f32, meanG: f32, meanB: f32,
  stdR: f32, stdG: f32, stdB: f32,
}
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> pixels: array<u32>;       // [B, S, S] bytes R, G, B from the lowest
@group(0) @binding(2) var<storage, read_write> rows: array<f32>;   // [B * (S / P)^2, 3 * P * P]

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  let patchRow = group.y * groups.x + group.x; // one workgroup per patch
  if (patchRow >= params.patches) { return; }
  let across = params.side / params.patchSize;
  let image = patchRow / (across * across);
  let origin = vec2u(patchRow % across, (patchRow / across) % across) * params.patchSize;
  let area = params.patchSize * params.patchSize;
  for (var i = lane; i < area; i += 64u) {
    let at = origin + vec2u(i % params.patchSize, i / params.patchSize);
    let pixel = pixels[(image * params.side + at.y) * params.side + at.x];
    let rgb = vec3f(vec3u(pixel, pixel >> 8u, pixel >> 16u) & vec3u(255u)) / 255.0;
    let value = (rgb - vec3f(params.meanR, params.meanG, params.meanB)) / vec3f(params.stdR, params.stdG, params.stdB);
    let start = patchRow * 3u * area + i;
    rows[start] = value.r;
    rows[start + area] = value.g;
    rows[start + 2u * area] = value.b;
  }
}
