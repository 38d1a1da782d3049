// Binary heaps in storage, which a kernel reads and writes by itemAt(i) and setItem(i, item), and heap sort. A heap begins
// at base; no item comes after its parent by the kernel's comesAfter(a, b), so the last of all is at the root.

// Puts the item at `root` and sifts it down.
fn sink(base: u32, root: u32, size: u32, item: Item) {
  var at = root;
  loop {
    var child = 2u * at + 1u;
    if (child >= size) { break; }
    var larger = itemAt(base + child);
    if (child + 1u < size) {
      let other = itemAt(base + child + 1u);
      if (comesAfter(other, larger)) { child += 1u; larger = other; }
    }
    if (comesAfter(item, larger)) { break; }
    setItem(base + at, larger);
    at = child;
  }
  setItem(base + at, item);
}

fn makeHeap(base: u32, size: u32) {
  for (var root = size / 2u; root > 0u; root--) { sink(base, root - 1u, size, itemAt(base + root - 1u)); }
}

fn heapSort(base: u32, size: u32) {
  makeHeap(base, size);
  for (var end = size; end > 1u; end--) {
    let item = itemAt(base + end - 1u);
    setItem(base + end - 1u, itemAt(base));
    sink(base, 0u, end - 1u, item);
  }
}
