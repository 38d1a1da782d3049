// counts[d, lane] = how many keys of the lane's run have the digit d. First half of a pass of an LSD radix sort. Each
// lane has its own run of keys and column of counts: no atomics, no barriers, and the sort is stable.

#constant DIGIT_BITS = 8
#constant STRETCH = 128 // keys a lane

struct Params { n: u32, lanes: u32, shift: u32 }
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> keys: array<u32>;           // [n]
@group(0) @binding(2) var<storage, read_write> counts: array<u32>;   // [digits, lanes]

const DIGITS = 1u << DIGIT_BITS;

@compute @workgroup_size(8)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) invocation: u32) {
  let lane = (group.y * groups.x + group.x) * 8u + invocation;
  if (lane >= params.lanes) { return; }
  for (var d = 0u; d < DIGITS; d++) { counts[d * params.lanes + lane] = 0u; }
  let start = lane * STRETCH;
  let end = min(start + STRETCH, params.n);
  for (var i = start; i < end; i++) {
    let digit = (keys[i] >> params.shift) & (DIGITS - 1u);
    counts[digit * params.lanes + lane] += 1u;
  }
}
