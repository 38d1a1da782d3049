// Recomputes distances of near neighbours, where |a|^2 + |b|^2 - 2 a.b cancels to noise, from the differences: sum (a -
// b)^2. Duplicates come out as exactly zero. Other distances, and those to points of another part than x, stay.

struct Params { firstQuery: u32, queries: u32, firstPoint: u32, points: u32, k: u32, quads: u32 } // K / 4
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<vec4f>;           // [points, K / 4]
@group(0) @binding(2) var<storage, read> squares: array<f32>;       // [n]
@group(0) @binding(3) var<storage, read> queries: array<vec4f>;     // [queries, K / 4]
@group(0) @binding(4) var<storage, read> querySquares: array<f32>;  // [queries]
@group(0) @binding(5) var<storage, read> ids: array<u32>;           // [queries, k]
@group(0) @binding(6) var<storage, read_write> distances: array<f32>; // [queries, k], squared

// Below this share of |a|^2 + |b|^2: f32 leaves the others a relative error of some 1e-5.
const NEAR = 0.01;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  let i = (group.y * groups.x + group.x) * 64u + lane;
  if (i >= params.queries * params.k) { return; }
  let a = i / params.k;
  let at = params.firstQuery * params.k + i;
  let b = ids[at];
  if (b < params.firstPoint || b >= params.firstPoint + params.points) { return; }
  if (distances[at] >= NEAR * (querySquares[params.firstQuery + a] + squares[b])) { return; }
  var sums = vec4f();
  for (var q = 0u; q < params.quads; q++) {
    let d = queries[a * params.quads + q] - x[(b - params.firstPoint) * params.quads + q];
    sums = fma(d, d, sums);
  }
  distances[at] = (sums.x + sums.y) + (sums.z + sums.w);
}
