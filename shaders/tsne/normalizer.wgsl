// schedule[3] = the sum of all q, the Z of van der Maaten and Hinton 2008. One workgroup, in a fixed order.

#constant WORKGROUP = 64

struct Params { n: u32 }
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> repulsion: array<vec4f>;         // [n]: force, sum of q
@group(0) @binding(2) var<storage, read_write> schedule: array<f32>;      // exaggeration, momentum, rate, Z

var<workgroup> partial: array<f32, WORKGROUP>;

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(local_invocation_index) lane: u32) {
  var sum = 0.0;
  for (var i = lane; i < params.n; i += WORKGROUP) { sum += repulsion[i].z; }
  partial[lane] = sum;
  workgroupBarrier();
  if (lane != 0u) { return; }
  sum = 0.0;
  for (var l = 0u; l < WORKGROUP; l++) { sum += partial[l]; }
  schedule[3] = sum;
}
