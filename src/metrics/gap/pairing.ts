import { InvalidOptionError } from '../../errors.ts';
import { checkSameDim, checkVectors, inverseNorms, type Vectors } from '../vectors.ts';
import { PairCountError, PairIdsError } from './errors.ts';

/** Image and text i belong together. Rows are of length 1, since the model compares directions. */
export interface Pairs {
  /** `[n, dim]` */
  readonly images: Float64Array;
  /** `[n, dim]` */
  readonly texts: Float64Array;
  readonly n: number;
  readonly dim: number;
  readonly pairedBy: PairBy;
  /** `[n]`: the item of each pair; pairs of the same id are of one item. */
  readonly items: readonly number[];
  /** Number of items. */
  readonly itemCount: number;
}

/**
 * @throws {ShapeError} @throws {PairCountError} @throws {PairIdsError} @throws {NonFiniteVectorError}
 * @throws {ZeroVectorError}
 */
export function readPairs(images: Vectors, texts: Vectors, pairBy?: PairBy): Pairs {
  checkVectors('modalityGap', 'images', images);
  checkVectors('modalityGap', 'texts', texts);
  checkSameDim('modalityGap', 'texts', images, texts);
  const { by, items, ...rows } = pairRows(images, texts, pairBy);
  return {
    images: unitRows('images', images, rows.images),
    texts: unitRows('texts', texts, rows.texts),
    n: items.length,
    dim: images.dim,
    pairedBy: by,
    items,
    itemCount: new Set(items).size,
  };
}

/**
 * Rows scaled to length 1, in double precision.
 * @param rows which, in what order; default: all
 * @throws {ZeroVectorError}
 */
export function unitRows(
  name: string,
  vectors: Vectors,
  rows: ArrayLike<number> = Array.from({ length: vectors.rows }, (_, row) => row),
): Float64Array {
  const inverse = inverseNorms(name, vectors);
  const { data, dim } = vectors;
  const unit = new Float64Array(rows.length * dim);
  for (let i = 0; i < rows.length; i++) {
    const row = rows[i] ?? 0;
    for (let d = 0; d < dim; d++) unit[i * dim + d] = (data[row * dim + d] ?? 0) * (inverse[row] ?? 0);
  }
  return unit;
}

/** Which rows of the images belong to which of the texts. */
export interface Pairing {
  /** How rows were paired: by ids, or by position. */
  readonly by: PairBy;
  /** The image row of each pair. */
  readonly images: readonly number[];
  /** Its text row. */
  readonly texts: readonly number[];
  /**
   * Its item, counted from 0 in order of appearance. An image with several captions, or a caption with several images,
   * is one item of several pairs.
   */
  readonly items: readonly number[];
}

/** `ids`: rows of the same id are a pair; `rows`: image i and text i are. */
export type PairBy = 'ids' | 'rows';

/** Rows that may have ids, such as `Embeddings`. */
interface NamedRows {
  readonly rows: number;
  readonly ids?: readonly string[];
}

/**
 * Pairs images and texts by their ids, in the images' order; row by row where one side has no ids, or they have none in
 * common.
 * @param by forces one way of pairing
 * @throws {PairIdsError} where some ids correspond and others do not
 * @throws {PairCountError} where rows are paired and there are more of one side, or none
 * @throws {InvalidOptionError} for `ids` where a side has none
 */
export function pairRows(images: NamedRows, texts: NamedRows, by?: PairBy): Pairing {
  const [imageIds, textIds] = [idsOf(images), idsOf(texts)];
  if (by === 'ids' && !(imageIds && textIds)) {
    throw new InvalidOptionError('pairBy', "'rows' where images or texts have no ids", by);
  }
  if (by === 'rows' || !imageIds || !textIds) return byRows(images, texts);
  if (sameInOrder(imageIds, textIds))
    return { ...byRows(images, texts), by: 'ids', items: itemsOf(imageIds) };
  const [imagesOf, textsOf] = [rowsById(imageIds), rowsById(textIds)];
  if (by === undefined && ![...imagesOf.keys()].some((id) => textsOf.has(id))) return byRows(images, texts);
  return byIds(imageIds, imagesOf, textsOf);
}

function byIds(
  ids: readonly string[],
  imagesOf: ReadonlyMap<string, number[]>,
  textsOf: ReadonlyMap<string, number[]>,
): Pairing {
  const several = [...imagesOf].filter(([id, rows]) => {
    const partners = textsOf.get(id)?.length ?? 1;
    return rows.length > 1 && partners > 1 && rows.length !== partners;
  });
  const lone = (of: ReadonlyMap<string, number[]>, other: ReadonlyMap<string, number[]>) =>
    [...of.keys()].filter((id) => !other.has(id));
  const [noText, noImage] = [lone(imagesOf, textsOf), lone(textsOf, imagesOf)];
  if (noText.length + noImage.length + several.length > 0) {
    throw new PairIdsError(
      noText,
      noImage,
      several.map(([id]) => id),
    );
  }
  const pairs = ids.flatMap((id, image) => {
    const [own, partners] = [imagesOf.get(id) ?? [], textsOf.get(id) ?? []];
    if (own.length === 1) return partners.map((text) => ({ image, text, id })); // all of its captions
    return { image, text: partners[partners.length === 1 ? 0 : own.indexOf(image)] ?? 0, id };
  });
  return {
    by: 'ids',
    images: pairs.map(({ image }) => image),
    texts: pairs.map(({ text }) => text),
    items: itemsOf(pairs.map(({ id }) => id)),
  };
}

function byRows(images: NamedRows, texts: NamedRows): Pairing {
  if (images.rows !== texts.rows || images.rows === 0) throw new PairCountError(images.rows, texts.rows);
  const rows = Array.from({ length: images.rows }, (_, row) => row);
  return { by: 'rows', images: rows, texts: rows, items: rows };
}

function idsOf({ rows, ids }: NamedRows): readonly string[] | undefined {
  return ids?.length === rows ? ids : undefined;
}

function sameInOrder(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.length > 0 && a.every((id, row) => id === b[row]);
}

function rowsById(ids: readonly string[]): Map<string, number[]> {
  const found = new Map<string, number[]>();
  for (const [row, id] of ids.entries()) {
    const rows = found.get(id);
    if (rows) rows.push(row);
    else found.set(id, [row]);
  }
  return found;
}

/** The item of each id, counted from 0 in order of appearance. */
export function itemsOf(ids: readonly (string | number)[]): number[] {
  const numbers = new Map<string | number, number>();
  return ids.map((id) => {
    const known = numbers.get(id) ?? numbers.size;
    numbers.set(id, known);
    return known;
  });
}
