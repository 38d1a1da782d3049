// Selects nearest neighbours with heaps in the output itself, `ids` and `distances` from base on: after a few hundred
// candidates almost every one is rejected by one comparison. For kernels that bind both. Candidates come in index
// order, so that among equals the lower index stays.

#include "heap.wgsl"

struct Item { distance: f32, id: u32 }
fn itemAt(i: u32) -> Item { return Item(distances[i], ids[i]); }
fn setItem(i: u32, item: Item) {
  distances[i] = item.distance;
  ids[i] = item.id;
}
fn comesAfter(a: Item, b: Item) -> bool { return a.distance > b.distance || (a.distance == b.distance && a.id > b.id); }

// One more candidate for the row at base, which has `filled` of k neighbours. `ordered`: all points will be neighbours,
// so there is nothing to select, and the order is the right one already.
fn offer(base: u32, k: u32, ordered: bool, filled: ptr<function, u32>, farthest: ptr<function, f32>, candidate: Item) {
  if (*filled < k) {
    setItem(base + *filled, candidate);
    *filled += 1u;
    if (*filled == k && !ordered) {
      makeHeap(base, k);
      *farthest = distances[base];
    }
  } else if (candidate.distance < *farthest) {
    sink(base, 0u, k, candidate);
    *farthest = distances[base];
  }
}
