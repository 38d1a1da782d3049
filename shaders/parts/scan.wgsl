// The exclusive scan of n values by one workgroup: sums[i] = value 0 + .. + value i - 1, for i from 0 to n, so the total is
// at the end. The kernel binds `sums` and defines Value, plus(a, b) and valueAt(i). Each lane sums a run of values, the
// first lane adds up the runs. Two barriers in all, which suits software adapters; the arrays are short.

var<workgroup> stretches: array<Value, WORKGROUP>;

fn scan(lane: u32, n: u32) {
  let length = (n + WORKGROUP - 1u) / WORKGROUP;
  let start = min(lane * length, n);
  let end = min(start + length, n);
  var sum = Value();
  for (var i = start; i < end; i++) { sum = plus(sum, valueAt(i)); }
  stretches[lane] = sum;
  workgroupBarrier();
  if (lane == 0u) {
    var before = Value();
    for (var s = 0u; s < WORKGROUP; s++) {
      let here = stretches[s];
      stretches[s] = before;
      before = plus(before, here);
    }
    sums[n] = before;
  }
  workgroupBarrier();
  sum = stretches[lane];
  for (var i = start; i < end; i++) {
    sums[i] = sum;
    sum = plus(sum, valueAt(i));
  }
}
