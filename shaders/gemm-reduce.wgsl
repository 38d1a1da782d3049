// Y[M, N] = the sum over SPLITS of the partial sums that gemm.wgsl left where K was split, then the epilogue.
// One lane per four neighbouring columns of a row.

#constant SPLITS = 4
#choice "parts/gemm-epilogue.wgsl" "parts/distance-epilogue.wgsl"

struct Params { M: u32, N: u32, hasBias: u32, activation: u32, addTo: u32 }
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> partial: array<f32>;      // [SPLITS, M, N]
@group(0) @binding(2) var<storage, read> bias: array<f32>;         // [N], or unused
@group(0) @binding(3) var<storage, read_write> y: array<f32>;      // [M, N]

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  let quads = (params.N + 3u) / 4u;
  let i = (group.y * groups.x + group.x) * 64u + lane;
  let row = i / quads;
  if (row >= params.M) { return; }
  let col = i % quads * 4u;
  let columns = min(params.N - col, 4u);
  var sum = vec4f();
  for (var part = 0u; part < SPLITS; part++) {
    for (var c = 0u; c < columns; c++) { sum[c] += partial[(part * params.M + row) * params.N + col + c]; }
  }
  storeQuad(row, col, sum);
}
