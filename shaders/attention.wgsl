// y = softmax(q k^T / sqrt(d)) v for each head, over the tokens of the same sequence only.
// Online softmax (Milakov and Gimelshein 2018; Dao et al. 2022): a lane owns one query, walks the keys once and keeps a
// running maximum, so no [T, T] matrix exists. Sequences are concatenated without padding; a workgroup takes QUERIES
// queries of one sequence and one head, as `tiles` says. A dense batch (ViT) has sequences of equal length.

#constant QUADS = 16    // head width / 4
#constant QUERIES = 8   // lanes
#constant STAGED = true // stage keys in workgroup memory: faster on a GPU, slower on a software adapter
#constant KEYS = 16     // at a time
#constant CAUSAL = false // a token attends to those before it and itself

struct Params { width: u32 } // C = heads * QUADS * 4
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> qkv: array<vec4f>;        // [N, 3, C / 4]
@group(0) @binding(2) var<storage, read> tiles: array<vec4u>;      // [tiles] first token, end, first query, unused
@group(0) @binding(3) var<storage, read_write> y: array<vec4f>;    // [N, C / 4]

var<workgroup> stagedK: array<vec4f, select(1, KEYS * QUADS, STAGED)>;
var<workgroup> stagedV: array<vec4f, select(1, KEYS * QUADS, STAGED)>;

@compute @workgroup_size(QUERIES)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  let tile = tiles[group.x];
  let first = tile.x;
  let end = tile.y;
  if (end <= first) { return; } // the list is padded to a fixed length; uniform over the workgroup
  let rowQuads = params.width / 4u;
  let head = group.y * QUADS;
  let query = tile.z + lane;
  let qRow = min(query, end - 1u) * 3u * rowQuads + head; // surplus lanes repeat the last query and store nothing

  var q: array<vec4f, QUADS>;
  var sum: array<vec4f, QUADS>;
  let scale = inverseSqrt(f32(QUADS * 4u));
  for (var i = 0u; i < QUADS; i++) { q[i] = qkv[qRow + i] * scale; }
  var highest = -3.4e38; // below any score
  var total = 0.0;
  let visible = select(end, min(query + 1u, end), CAUSAL);     // of this lane
  let last = select(end, min(tile.z + QUERIES, end), CAUSAL);  // of the workgroup

  for (var block = first; block < last; block += KEYS) {
    if (STAGED) {
      workgroupBarrier();
      for (var i = lane; i < KEYS * QUADS; i += QUERIES) {
        let row = min(block + i / QUADS, end - 1u) * 3u * rowQuads + head + i % QUADS;
        stagedK[i] = qkv[row + rowQuads];
        stagedV[i] = qkv[row + 2u * rowQuads];
      }
      workgroupBarrier();
    }
    let keys = min(KEYS, max(visible, block) - block);
    for (var j = 0u; j < keys; j++) {
      let kRow = (block + j) * 3u * rowQuads + rowQuads + head;
      let vRow = kRow + rowQuads;
      var products = vec4f();
      for (var i = 0u; i < QUADS; i++) {
        var k: vec4f;
        if (STAGED) { k = stagedK[j * QUADS + i]; } else { k = qkv[kRow + i]; }
        products = fma(q[i], k, products);
      }
      let score = products.x + products.y + products.z + products.w;
      if (score > highest) { // a new maximum: rescale the sums so far
        let shrink = exp(highest - score);
        total *= shrink;
        for (var i = 0u; i < QUADS; i++) { sum[i] *= shrink; }
        highest = score;
      }
      let weight = exp(score - highest);
      total += weight;
      for (var i = 0u; i < QUADS; i++) {
        var v: vec4f;
        if (STAGED) { v = stagedV[j * QUADS + i]; } else { v = qkv[vRow + i]; }
        sum[i] = fma(vec4f(weight), v, sum[i]);
      }
    }
  }

  if (query < end) {
    for (var i = 0u; i < QUADS; i++) { y[query * rowQuads + head + i] = sum[i] / total; }
  }
}
