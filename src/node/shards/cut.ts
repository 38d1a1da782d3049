import type { RowFacts } from '../manifest.ts';

/** An image of a plan, with what tells whether it is still the same. */
export interface PlannedImage extends RowFacts {
  readonly id: string;
  /** A URL, or a path: one below the plan's folder is relative to it, with slashes. */
  readonly path: string;
  /** SHA-256 of its bytes, where the plan was made with digests. */
  readonly sha256?: string;
  /** Else of its file: bytes, and nanoseconds since 1970. Of a URL neither. */
  readonly size?: number;
  readonly modified?: string;
  /** Of an object in a bucket, with its size. */
  readonly etag?: string;
}

export interface PlannedText extends RowFacts {
  readonly id: string;
  readonly text: string;
}

/** Images and texts, and which belong together, by index. */
export interface PlannedInputs<Image = PlannedImage> {
  readonly images: readonly Image[];
  readonly texts: readonly PlannedText[];
  readonly pairs: readonly { readonly image: number; readonly text: number }[];
}

/**
 * What belongs together, directly or through others: an image with all its captions, a caption with all its images, what has
 * one id. Pairs come first, in their order, then images alone, then texts alone.
 */
export function groupsOf<Image extends { readonly id: string }>({
  images,
  texts,
  pairs,
}: PlannedInputs<Image>): PlannedInputs<Image>[] {
  const edges = pairs.map(({ image, text }): [number, number] => [image, images.length + text]);
  const byId = new Map<string, number>();
  for (const [node, { id }] of [...images, ...texts].entries()) {
    const first = byId.get(id);
    if (first === undefined) byId.set(id, node);
    else edges.push([first, node]);
  }
  const rootOf = joined(images.length + texts.length, edges);
  const groups = new Map<number, Group<Image>>();
  const groupOf = (node: number) => {
    const group = groups.get(rootOf(node)) ?? new Group<Image>();
    groups.set(rootOf(node), group);
    return group;
  };
  for (const { image, text } of pairs) {
    const group = groupOf(image);
    group.pairs.push({
      image: placeOf(group.imagePlaces, image, group.images, images),
      text: placeOf(group.textPlaces, text, group.texts, texts),
    });
  }
  for (const i of images.keys()) placeOf(groupOf(i).imagePlaces, i, groupOf(i).images, images);
  for (const i of texts.keys()) {
    const group = groupOf(images.length + i);
    placeOf(group.textPlaces, i, group.texts, texts);
  }
  return [...groups.values()].map(({ images, texts, pairs }) => ({ images, texts, pairs }));
}

class Group<Image> {
  readonly images: Image[] = [];
  readonly texts: PlannedText[] = [];
  readonly pairs: { image: number; text: number }[] = [];
  readonly imagePlaces = new Map<number, number>();
  readonly textPlaces = new Map<number, number>();
}

/** The place of an input in its group, to which it is added where it is new. */
function placeOf<T>(places: Map<number, number>, index: number, kept: T[], all: readonly T[]): number {
  const known = places.get(index);
  const item = all[index];
  if (known !== undefined || item === undefined) return known ?? 0;
  places.set(index, kept.length);
  return kept.push(item) - 1;
}

/** Disjoint sets of 0 to n - 1 (Tarjan's, halving paths). @returns the root of each */
function joined(n: number, edges: readonly (readonly [number, number])[]): (node: number) => number {
  const parents = Uint32Array.from({ length: n }, (_, i) => i);
  const parentOf = (node: number) => parents[node] ?? node;
  const rootOf = (node: number) => {
    let at = node;
    while (parentOf(at) !== at) {
      parents[at] = parentOf(parentOf(at));
      at = parentOf(at);
    }
    return at;
  };
  for (const [a, b] of edges) parents[rootOf(b)] = rootOf(a);
  return rootOf;
}

/**
 * Cuts groups into shards of at most `rows` images or texts, in order; a larger group is a shard of its own. Depends on
 * nothing but the groups and `rows`.
 */
export function cut<T extends Pick<PlannedInputs, 'texts'> & { readonly images: readonly unknown[] }>(
  groups: readonly T[],
  rows: number,
): T[][] {
  const shards: T[][] = [];
  let count = Number.POSITIVE_INFINITY;
  for (const group of groups) {
    const size = Math.max(group.images.length, group.texts.length);
    if (count + size > rows) {
      shards.push([]);
      count = 0;
    }
    shards.at(-1)?.push(group);
    count += size;
  }
  return shards;
}

/** The inputs of several groups, one after the other. */
export function together(groups: readonly PlannedInputs[]): PlannedInputs {
  const [images, texts]: [PlannedImage[], PlannedText[]] = [[], []];
  const pairs: { image: number; text: number }[] = [];
  for (const group of groups) {
    for (const { image, text } of group.pairs) {
      pairs.push({ image: images.length + image, text: texts.length + text });
    }
    for (const image of group.images) images.push(image);
    for (const text of group.texts) texts.push(text);
  }
  return { images, texts, pairs };
}
