// The sum over a workgroup's lanes, for all of them, in an order that depends on nothing. Needs WORKGROUP, a power of two.

var<workgroup> partial: array<f32, WORKGROUP>;

fn sumOverLanes(lane: u32, value: f32) -> f32 {
  partial[lane] = value;
  for (var half = WORKGROUP / 2u; half > 0u; half /= 2u) {
    workgroupBarrier();
    if (lane < half) { partial[lane] += partial[lane + half]; }
  }
  let sum = workgroupUniformLoad(&partial[0]);
  workgroupBarrier(); // no lane overwrites `partial` before all have read it
  return sum;
}
