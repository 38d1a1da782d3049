// What a workgroup's lanes have, combined in the order of the lanes, which is the same in every run. The kernel says what
// a Partial is and how two are combined.

var<workgroup> partials: array<Partial, WORKGROUP>;

// Gives all lanes' to the first lane, and the others their own.
fn combineLanes(lane: u32, own: Partial) -> Partial {
  partials[lane] = own;
  workgroupBarrier();
  var all = own;
  if (lane == 0u) {
    for (var l = 1u; l < WORKGROUP; l++) { all = combined(all, partials[l]); }
  }
  return all;
}
