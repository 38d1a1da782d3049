// y[i] = softmax(q k^T / sqrt(d)) v for each head, over the rows of span i: one learned query attends to a sequence, as in
// timm's AttentionPoolLatent (Zhai et al. 2022, "multihead attention pooling"). A workgroup takes one head of one span.
// It walks the rows LANES at a time with an online softmax: first a lane scores a row, then a lane owns a channel.

#constant QUADS = 16 // head width / 4

const LANES = 64u;
const LOWEST = -3.4e38; // below any score

struct Params { width: u32 } // C = heads * QUADS * 4
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> q: array<vec4f>;          // [C / 4]
@group(0) @binding(2) var<storage, read> kv: array<vec4f>;         // [N, 2, C / 4]
@group(0) @binding(3) var<storage, read> spans: array<vec2u>;      // [B]: first row, number of rows
@group(0) @binding(4) var<storage, read_write> y: array<vec4f>;    // [B, C / 4]

var<workgroup> scores: array<f32, LANES>;

@compute @workgroup_size(LANES)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  let span = spans[group.x];
  let rowQuads = params.width / 4u;
  let head = group.y * QUADS;
  let scale = inverseSqrt(f32(QUADS * 4u));
  let channel = head + min(lane, QUADS - 1u); // surplus lanes repeat the last channels and store nothing
  var highest = LOWEST;
  var total = 0.0;
  var sum = vec4f();

  for (var block = 0u; block < span.y; block += LANES) {
    let rows = min(LANES, span.y - block);
    let first = (span.x + block) * 2u * rowQuads;
    var products = vec4f();
    if (lane < rows) {
      for (var i = 0u; i < QUADS; i++) { products = fma(q[head + i] * scale, kv[first + lane * 2u * rowQuads + head + i], products); }
    }
    workgroupBarrier(); // the scores before have been read
    scores[lane] = products.x + products.y + products.z + products.w;
    workgroupBarrier();

    var largest = highest;
    for (var j = 0u; j < rows; j++) { largest = max(largest, scores[j]); }
    let shrink = exp(highest - largest);
    total *= shrink;
    sum *= shrink;
    highest = largest;
    for (var j = 0u; j < rows; j++) {
      let weight = exp(scores[j] - highest);
      total += weight;
      sum = fma(vec4f(weight), kv[first + (2u * j + 1u) * rowQuads + channel], sum);
    }
  }
  if (lane < QUADS) { y[group.x * rowQuads + channel] = sum / total; }
}
