// sums[i] = counts[0] + .. + counts[i - 1], for i from 0 to n: the exclusive scan, with the total at the end.
// One workgroup: a lane sums a stretch of its own, the first lane adds up the stretches. Two barriers in all, which is
// what software adapters want, and the arrays are short beside the work that they order.

#constant WORKGROUP = 64

struct Params { n: u32 }
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> counts: array<u32>;        // [n]
@group(0) @binding(2) var<storage, read_write> sums: array<u32>;    // [n + 1]

var<workgroup> stretches: array<u32, WORKGROUP>;

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(local_invocation_index) lane: u32) {
  let length = (params.n + WORKGROUP - 1u) / WORKGROUP;
  let start = min(lane * length, params.n);
  let end = min(start + length, params.n);
  var sum = 0u;
  for (var i = start; i < end; i++) { sum += counts[i]; }
  stretches[lane] = sum;
  workgroupBarrier();
  if (lane == 0u) {
    var before = 0u;
    for (var s = 0u; s < WORKGROUP; s++) {
      let here = stretches[s];
      stretches[s] = before;
      before += here;
    }
    sums[params.n] = before;
  }
  workgroupBarrier();
  sum = stretches[lane];
  for (var i = start; i < end; i++) {
    sums[i] = sum;
    sum += counts[i];
  }
}
