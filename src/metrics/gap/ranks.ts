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
