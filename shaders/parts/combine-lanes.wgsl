// Combines the values of a workgroup's lanes in lane order, so that results are reproducible. The kernel defines
// Partial and how two are combined.

var<workgroup> partials: array<Partial, WORKGROUP>;

// Returns the combination of all lanes to the first lane, and to the others their own value.
fn combineLanes(lane: u32, own: Partial) -> Partial {
  partials[lane] = own;
  workgroupBarrier();
  var all = own;
  if (lane == 0u) {
    for (var l = 1u; l < WORKGROUP; l++) { all = combined(all, partials[l]); }
  }
  return all;
}
