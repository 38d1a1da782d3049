import type { KnownPair, MadeBy, PairFacts } from '../engine/types.ts';
import type { Pictures } from './pictures.ts';

/** What is known of the pairs of a session beside their vectors and pictures: kept as JSON. */
export interface Facts {
  readonly pairs: readonly (PairFacts & { readonly imageBytes: number | undefined })[];
  readonly ids: { readonly images?: readonly string[]; readonly texts?: readonly string[] };
  readonly labels: readonly string[] | undefined;
  readonly madeBy: MadeBy | undefined;
  /** Of each pair the length and the type of its picture, which follow one another in their piece. */
  readonly pictures: readonly (readonly [bytes: number, type: string, name: string] | null)[];
}

export function factsOf({ id, caption, label, group, image, imageBytes }: KnownPair): Facts['pairs'][number] {
  return { id, caption, label, group, imageBytes: image?.size ?? imageBytes };
}

export function placesOf(pictures: Pictures): Facts['pictures'] {
  return pictures.map((picture) => {
    if (!picture) return null;
    return [picture.size, picture.type, picture instanceof File ? picture.name : ''];
  });
}

/** The pairs with their pictures out of one blob. */
export function pairsOf(
  { pairs, pictures: places }: Pick<Facts, 'pairs' | 'pictures'>,
  pictures: Blob | undefined,
  areOriginals: boolean,
): KnownPair[] {
  let at = 0;
  return pairs.map((facts, i) => {
    const [bytes, type, name] = places[i] ?? [];
    if (bytes === undefined || !pictures) return { ...facts, image: undefined };
    const part = pictures.slice(at, at + bytes, type);
    at += bytes;
    if (!areOriginals) return { ...facts, image: undefined, thumbnail: part };
    return { ...facts, image: name ? new File([part], name, { type }) : part };
  });
}
