// x[t] = words[ids[t]] + positions[position[t]] + tokenType: BERT's input embeddings before their LayerNorm, for the
// tokens of a packed batch. Token types are always 0, so only one row of that table is used; CLIP has none.

#constant TOKEN_TYPE = true

#choice "parts/storage-f32.wgsl" "parts/storage-f16.wgsl" "parts/storage-packed16.wgsl"

struct Params { tokens: u32, width: u32 } // N, C
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> ids: array<vec2u>;            // [N] token id, position in its sequence
@group(0) @binding(2) var<storage, read> words: array<WeightQuad>;     // [V, C / 4]
@group(0) @binding(3) var<storage, read> positions: array<vec4f>;      // [P, C / 4]
@group(0) @binding(4) var<storage, read> tokenType: array<vec4f>;      // [C / 4]
@group(0) @binding(5) var<storage, read_write> x: array<vec4f>;        // [N, C / 4]

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  let token = group.y * groups.x + group.x; // one workgroup per token
  if (token >= params.tokens) { return; }
  let quads = params.width / 4u;
  let id = ids[token];
  for (var c = lane; c < quads; c += 64u) {
    var value = quad(words[id.x * quads + c]) + positions[id.y * quads + c];
    if (TOKEN_TYPE) { value += tokenType[c]; }
    x[token * quads + c] = value;
  }
}
