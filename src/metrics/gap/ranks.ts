/**
 * The best cosine of each item, whose rows stand for it together.
 * @param items the item of each row, from 0 on
 */
export function bestOfItems(
  cosines: Float32Array,
  items: readonly number[],
  itemCount: number,
): Float32Array {
  if (itemCount === cosines.length) return cosines; // items are counted as they appear: row i is item i
  const best = new Float32Array(itemCount).fill(Number.NEGATIVE_INFINITY);
  for (const [row, item] of items.entries()) best[item] = Math.max(best[item] ?? 0, cosines[row] ?? 0);
  return best;
}

/**
 * The place, from 1 on, of candidate `wanted` when candidates are sorted by cosine, equal ones by index.
 */
export function rankOf(cosines: ArrayLike<number>, wanted: number): number {
  const cosine = cosines[wanted] ?? Number.NaN;
  let rank = 1;
  for (let i = 0; i < cosines.length; i++) {
    const other = cosines[i] ?? 0;
    if (other > cosine || (other === cosine && i < wanted)) rank++;
  }
  return rank;
}

/**
 * How many rows of the query's own modality come before a result of that cosine in a search over both; the query
 * itself is no result.
 * @param first whether the own modality's rows come first where cosines are equal: images do
 */
export function ownBefore(own: ArrayLike<number>, self: number, cosine: number, first: boolean): number {
  let before = 0;
  for (let i = 0; i < own.length; i++) {
    const other = own[i] ?? 0;
    if (i !== self && (other > cosine || (first && other === cosine))) before++;
  }
  return before;
}
