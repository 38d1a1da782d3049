// Binary search in a row's list of neighbours, sorted by index. For kernels that bind `ids`.

const ABSENT = 0xffffffffu;

// The place of id in ids[row, 0..k), or ABSENT.
fn placeOf(row: u32, id: u32, k: u32) -> u32 {
  var low = row * k;
  var high = low + k;
  let end = high;
  while (low < high) {
    let middle = (low + high) / 2u;
    if (ids[middle] < id) { low = middle + 1u; } else { high = middle; }
  }
  if (low < end && ids[low] == id) { return low; }
  return ABSENT;
}
