/** Neighbours that the purity is of. */
const NEIGHBOURS = 10;

/**
 * The share of a row's nearest neighbours, by cosine, that are of its own modality: 1 where modalities lie apart,
 * about 1/2 where they mix. Of 10 neighbours, or of all others where there are fewer.
 * @param own cosines with its own modality, itself at `self`, which is left out
 * @param other cosines with the other modality; of equal cosines the own modality's count first
 */
export function modalityPurity(own: ArrayLike<number>, self: number, other: ArrayLike<number>): number {
  const k = Math.min(NEIGHBOURS, own.length + other.length - 1);
  const nearest: { cosine: number; isOwn: boolean }[] = [];
  const offer = (cosine: number, isOwn: boolean) => {
    if (nearest.length === k && cosine <= (nearest.at(-1)?.cosine ?? 0)) return;
    let at = nearest.length;
    while (at > 0 && cosine > (nearest[at - 1]?.cosine ?? 0)) at--;
    nearest.splice(at, 0, { cosine, isOwn });
    if (nearest.length > k) nearest.pop();
  };
  for (let i = 0; i < own.length; i++) if (i !== self) offer(own[i] ?? 0, true);
  for (let i = 0; i < other.length; i++) offer(other[i] ?? 0, false);
  return nearest.filter(({ isOwn }) => isOwn).length / k;
}
