// Rows of neighbours as max-heaps in the output itself, `ids` and `distances` from base on: after the first few hundred
// candidates almost every one fails one comparison. For kernels that bind both. Candidates come in the
// order of their indices, so that among equals those of lower index stay.

// Puts (distance, id) in at the root of the heap at base and lets it sink. The root is the farthest, by index among
// equals.
fn sink(base: u32, root: u32, size: u32, distance: f32, id: u32) {
  var at = root;
  loop {
    var child = 2u * at + 1u;
    if (child >= size) { break; }
    var d = distances[base + child];
    var c = ids[base + child];
    if (child + 1u < size) {
      let d2 = distances[base + child + 1u];
      let c2 = ids[base + child + 1u];
      if (d2 > d || (d2 == d && c2 > c)) { child += 1u; d = d2; c = c2; }
    }
    if (distance > d || (distance == d && id > c)) { break; }
    distances[base + at] = d;
    ids[base + at] = c;
    at = child;
  }
  distances[base + at] = distance;
  ids[base + at] = id;
}

// One more candidate for the row at base, which has `filled` of k neighbours. `ordered`: all points will be neighbours,
// so there is nothing to select, and the order is the right one already.
fn offer(base: u32, k: u32, ordered: bool, filled: ptr<function, u32>, farthest: ptr<function, f32>, distance: f32, id: u32) {
  if (*filled < k) {
    distances[base + *filled] = distance;
    ids[base + *filled] = id;
    *filled += 1u;
    if (*filled == k && !ordered) {
      for (var root = k / 2u; root > 0u; root--) {
        let at = base + root - 1u;
        sink(base, root - 1u, k, distances[at], ids[at]);
      }
      *farthest = distances[base];
    }
  } else if (distance < *farthest) {
    sink(base, 0u, k, distance, id);
    *farthest = distances[base];
  }
}
