// y[i] = x[rows[i]]: picks each sequence's class token.

struct Params { count: u32, width: u32 } // B, C
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<f32>;            // [N, C]
@group(0) @binding(2) var<storage, read> rows: array<u32>;         // [B]
@group(0) @binding(3) var<storage, read_write> y: array<f32>;      // [B, C]

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  let i = group.y * groups.x + group.x; // one workgroup per row
  if (i >= params.count) { return; }
  for (var c = lane; c < params.width; c += 64u) { y[i * params.width + c] = x[rows[i] * params.width + c]; }
}
