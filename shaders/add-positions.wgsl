// x[b, 0] = cls + pos[0]; x[b, 1 + p] = patches[b, p] + pos[1 + p]: the class token first, and a learned position added
// to each token, as timm's VisionTransformer._pos_embed. Without a class token x[b, p] = patches[b, p] + pos[p].

struct Params { tokens: u32, perImage: u32, width: u32, classTokens: u32 } // B * T, T, C, 0 or 1
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> patches: array<f32>;      // [B, T - classTokens, C]
@group(0) @binding(2) var<storage, read> cls: array<f32>;          // [C]
@group(0) @binding(3) var<storage, read> positions: array<f32>;    // [T, C]
@group(0) @binding(4) var<storage, read_write> x: array<f32>;      // [B, T, C]

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  let token = group.y * groups.x + group.x; // one workgroup per token
  if (token >= params.tokens) { return; }
  let image = token / params.perImage;
  let t = token % params.perImage;
  let row = token - (image + 1u) * params.classTokens; // of a token behind the class token
  for (var c = lane; c < params.width; c += 64u) {
    var value: f32;
    if (t < params.classTokens) { value = cls[c]; } else { value = patches[row * params.width + c]; }
    x[token * params.width + c] = value + positions[t * params.width + c];
  }
}
