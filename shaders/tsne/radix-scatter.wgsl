// Second half of a pass: moves each key and its value to the place given by the scanned counts.

#constant DIGIT_BITS = 8
#constant STRETCH = 128 // keys a lane

struct Params { n: u32, lanes: u32, shift: u32 }
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> keys: array<u32>;              // [n]
@group(0) @binding(2) var<storage, read> order: array<u32>;             // [n]
@group(0) @binding(3) var<storage, read_write> places: array<u32>;      // [digits, lanes] and the total: the scan
@group(0) @binding(4) var<storage, read_write> sortedKeys: array<u32>;  // [n]
@group(0) @binding(5) var<storage, read_write> sortedOrder: array<u32>; // [n]

const DIGITS = 1u << DIGIT_BITS;

@compute @workgroup_size(8)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) invocation: u32) {
  let lane = (group.y * groups.x + group.x) * 8u + invocation;
  if (lane >= params.lanes) { return; }
  let start = lane * STRETCH;
  let end = min(start + STRETCH, params.n);
  for (var i = start; i < end; i++) {
    let key = keys[i];
    let digit = (key >> params.shift) & (DIGITS - 1u);
    let place = places[digit * params.lanes + lane];
    places[digit * params.lanes + lane] = place + 1u;
    sortedKeys[place] = key;
    sortedOrder[place] = order[i];
  }
}
