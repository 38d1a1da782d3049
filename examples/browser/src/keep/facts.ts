import type { KnownPair, MadeBy, PairFacts } from '../engine/types.ts';
import type { Pictures } from './pictures.ts';

/** Each takes up to half a millisecond. */
const AT_ONCE = 50;

/** What is known of the pairs of a session beside their vectors and pictures: kept as JSON. */
export interface Facts {
  readonly pairs: readonly (PairFacts & { readonly imageBytes: number | undefined })[];
  readonly ids: { readonly images?: readonly string[]; readonly texts?: readonly string[] };
  readonly labels: readonly string[] | undefined;
  readonly madeBy: MadeBy | undefined;
  /** Of each pair the length and the type of its picture, which follow one another in their piece. */
  readonly pictures: readonly (readonly [bytes: number, type: string] | null)[];
}

export function factsOf({ id, caption, label, group, image, imageBytes }: KnownPair): Facts['pairs'][number] {
  return { id, caption, label, group, imageBytes: image?.size ?? imageBytes };
}

export function placesOf(pictures: Pictures): Facts['pictures'] {
  return pictures.map((picture) => {
    if (!picture) return null;
    return [picture.size, picture.type];
  });
}

/** The pairs with their pictures out of one blob, each cut out when it is first asked for: all at once would take seconds. */
export function pairsOf(
  { pairs, pictures: places }: Pick<Facts, 'pairs' | 'pictures'>,
  pictures: Blob | undefined,
  areOriginals: boolean,
): KnownPair[] {
  let end = 0;
  return pairs.map((facts, i) => {
    const [bytes, type] = places[i] ?? [];
    if (bytes === undefined || !pictures) return { ...facts, image: undefined };
    const start = end;
    end += bytes;
    let picture: Blob | undefined;
    const cut = () => {
      picture ??= pictures.slice(start, start + bytes, type);
      return picture;
    };
    if (!areOriginals) return withLazy({ ...facts, image: undefined }, 'thumbnail', cut);
    return withLazy(facts, 'image', cut);
  });
}

/** Cuts out the images of all pairs, some at a time, so that the page can be used meanwhile. */
export async function cutImages(pairs: readonly KnownPair[]): Promise<void> {
  for (const [i, pair] of pairs.entries()) {
    void pair.image;
    if (i % AT_ONCE === AT_ONCE - 1) await new Promise((resolve) => setTimeout(resolve));
  }
}

function withLazy(facts: object, key: 'image' | 'thumbnail', get: () => Blob): KnownPair {
  return Object.defineProperty(facts, key, { enumerable: true, get }) as KnownPair;
}
