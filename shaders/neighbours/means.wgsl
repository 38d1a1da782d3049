// centres[c] = the mean of the rows of its list; an empty list keeps its centre. One lane per four columns.

struct Params { centres: u32, quads: u32 } // K / 4
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<vec4f>;             // [rows, K / 4]
@group(0) @binding(2) var<storage, read> starts: array<u32>;          // [centres + 1]: where each list begins in `members`
@group(0) @binding(3) var<storage, read> members: array<u32>;         // [rows]: list after list
@group(0) @binding(4) var<storage, read_write> centres: array<vec4f>; // [centres, K / 4]

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  let i = (group.y * groups.x + group.x) * 64u + lane;
  if (i >= params.centres * params.quads) { return; }
  let list = i / params.quads;
  let quad = i % params.quads;
  let begin = starts[list];
  let end = starts[list + 1u];
  if (begin == end) { return; }
  var sum = vec4f();
  for (var m = begin; m < end; m++) { sum += x[members[m] * params.quads + quad]; }
  centres[i] = sum / f32(end - begin);
}
