// softmax(q k^T / sqrt(d)) v, as attention.wgsl, for software adapters and heads that are 64 wide. A load costs ten
// FMAs there, and an array indexed in a loop is kept in memory. So a workgroup is one subgroup, whose lanes share the
// loads of a key's 16 quads and broadcast them; a lane's query and sum are four 4 x 4 matrices each, which stay in
// registers.

enable subgroups;

#constant QUERIES = 8 // the lanes of a subgroup, 4 or 8
#constant QUADS = 16  // always
#constant CAUSAL = false // a token attends to those before it and itself

struct Params { width: u32 } // C = heads * 64
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> qkv: array<vec4f>;        // [N, 3, C / 4]
@group(0) @binding(2) var<storage, read> tiles: array<vec4u>;      // [tiles] first token, end, first query, unused
@group(0) @binding(3) var<storage, read_write> y: array<vec4f>;    // [N, C / 4]

struct Head { a: mat4x4f, b: mat4x4f, c: mat4x4f, d: mat4x4f } // 64 values: quads 0-3, 4-7, 8-11, 12-15

// The quads that lanes 0 to 3, or 4 to 7, hold. A broadcast's lane must be a constant.
fn low(v: vec4f) -> mat4x4f {
  return mat4x4f(subgroupBroadcast(v, 0u), subgroupBroadcast(v, 1u), subgroupBroadcast(v, 2u), subgroupBroadcast(v, 3u));
}
fn high(v: vec4f) -> mat4x4f {
  return mat4x4f(subgroupBroadcast(v, 4u), subgroupBroadcast(v, 5u), subgroupBroadcast(v, 6u), subgroupBroadcast(v, 7u));
}

// Loads the 64 values from quad `row` on: each lane a share, broadcast to all.
fn loadShared(row: u32, lane: u32) -> Head {
  let first = qkv[row + lane];
  let second = qkv[row + lane + QUERIES];
  if (QUERIES == 8u) { return Head(low(first), high(first), low(second), high(second)); }
  return Head(low(first), low(second), low(qkv[row + lane + 2u * QUERIES]), low(qkv[row + lane + 3u * QUERIES]));
}

fn loadQuads(at: u32) -> mat4x4f { return mat4x4f(qkv[at], qkv[at + 1u], qkv[at + 2u], qkv[at + 3u]); }

fn products(sum: vec4f, q: mat4x4f, k: mat4x4f) -> vec4f {
  return fma(q[3], k[3], fma(q[2], k[2], fma(q[1], k[1], fma(q[0], k[0], sum))));
}

// sum + weight * v
fn accumulate(sum: mat4x4f, weight: f32, v: mat4x4f) -> mat4x4f {
  let w = vec4f(weight);
  return mat4x4f(fma(w, v[0], sum[0]), fma(w, v[1], sum[1]), fma(w, v[2], sum[2]), fma(w, v[3], sum[3]));
}

fn storeQuads(at: u32, values: mat4x4f) {
  y[at] = values[0];
  y[at + 1u] = values[1];
  y[at + 2u] = values[2];
  y[at + 3u] = values[3];
}

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

  let q = Head(loadQuads(qRow), loadQuads(qRow + 4u), loadQuads(qRow + 8u), loadQuads(qRow + 12u));
  var sum = Head();
  var highest = -3.4e38; // below any score
  var total = 0.0;

  let last = select(end, min(tile.z + QUERIES, end), CAUSAL);
  for (var key = first; key < last; key++) {
    let kRow = key * 3u * rowQuads + rowQuads + head;
    let k = loadShared(kRow, lane);
    let partial = products(products(products(products(vec4f(), q.a, k.a), q.b, k.b), q.c, k.c), q.d, k.d);
    var score = (partial.x + partial.y + partial.z + partial.w) * 0.125; // 1 / sqrt(64)
    if (CAUSAL) { score = select(score, -3.4e38, key > query); } // its weight becomes exp(-3.4e38) = 0
    if (score > highest) { // a new maximum: rescale the sums so far
      let shrink = exp(highest - score);
      total *= shrink;
      sum = Head(sum.a * shrink, sum.b * shrink, sum.c * shrink, sum.d * shrink);
      highest = score;
    }
    let weight = exp(score - highest);
    total += weight;
    let v = loadShared(kRow + rowQuads, lane);
    sum = Head(
      accumulate(sum.a, weight, v.a),
      accumulate(sum.b, weight, v.b),
      accumulate(sum.c, weight, v.c),
      accumulate(sum.d, weight, v.d),
    );
  }

  if (query < end) {
    let at = query * rowQuads + head;
    let scale = 1.0 / total;
    storeQuads(at, sum.a * scale);
    storeQuads(at + 4u, sum.b * scale);
    storeQuads(at + 8u, sum.c * scale);
    storeQuads(at + 12u, sum.d * scale);
  }
}
