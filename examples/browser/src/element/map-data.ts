import type { PairFacts, PairVectors, Vectors } from '../engine/types.ts';
import type { Pair } from '../session/session.ts';

/** Rows of numbers: as the library has them, as bytes of float32 (little endian, as Python sends them), or as a list of lists. */
export type Rows =
  | Vectors
  | { readonly data: DataView; readonly rows: number; readonly dim: number }
  | readonly ArrayLike<number>[];

/** What a `<modality-map>` shows: n images and the n texts that belong to them. */
export interface ModalityMapData {
  /** Embeddings of the images, `[n, D]`. */
  readonly images?: Rows | undefined;
  /** Embeddings of the texts, `[n, D]`: row i belongs to image i. */
  readonly texts?: Rows | undefined;
  /** Where the points lie, `[2n, 2]`: the images, then the texts. Default: t-SNE of the embeddings, on this machine's GPU. */
  readonly places?: Rows | undefined;
  /** What is known of each pair, `[n]`. */
  readonly pairs?: readonly MapPair[] | undefined;
}

/** What a point says of itself. */
export interface MapPair extends Partial<PairFacts> {
  /** URL of the image. */
  readonly image?: string | undefined;
}

/** The data of a map, checked. */
export interface MapContents {
  readonly pairs: readonly Pair[];
  /** Undefined where places alone were given. */
  readonly vectors: PairVectors | undefined;
  /** `[2n, 2]`; undefined where they are to be computed. */
  readonly places: Float32Array | undefined;
}

/** @throws {TypeError} that names the part of the data, what was expected and what it is */
export function contentsOf(data: ModalityMapData): MapContents {
  const { images, texts, places, pairs } = data;
  const vectors = images && texts && { images: rowsOf('images', images), texts: rowsOf('texts', texts) };
  if (!vectors && !places) throw new TypeError('data: give images and texts, or places');
  if (vectors) expectAlike(vectors);
  const at = places && rowsOf('places', places);
  const n = vectors?.images.rows ?? Math.floor((at?.rows ?? 0) / 2);
  if (at && (at.dim !== 2 || at.rows !== 2 * n || n === 0)) {
    const wanted = vectors ? `[${2 * n}, 2]` : '[2n, 2]';
    throw new TypeError(
      `data.places: expected ${wanted}, images and then texts, and got [${at.rows}, ${at.dim}]`,
    );
  }
  if (pairs && pairs.length !== n) {
    throw new TypeError(`data.pairs: expected ${n}, one for each image, and got ${pairs.length}`);
  }
  return {
    pairs: Array.from({ length: n }, (_, i) => pairOf(pairs?.[i] ?? {}, i)),
    vectors,
    places: at?.data,
  };
}

function pairOf({ id, caption = '', label = '', group, image }: MapPair, i: number): Pair {
  return { id: id ?? `pair ${i}`, caption, label, group, image: undefined, url: image };
}

function expectAlike({ images, texts }: PairVectors): void {
  if (images.rows === texts.rows && images.dim === texts.dim && images.rows > 0) return;
  throw new TypeError(
    `data.texts: expected [${images.rows}, ${images.dim}] as the images, at least one row, and got [${texts.rows}, ${texts.dim}]`,
  );
}

function rowsOf(name: string, given: Rows): Vectors {
  if (typeof given !== 'object') {
    throw new TypeError(`data.${name}: expected rows of numbers, and got ${typeof given}`);
  }
  const rows = 'data' in given ? fromData(given) : fromLists(name, given);
  if (rows.data.length !== rows.rows * rows.dim) {
    throw new TypeError(
      `data.${name}: expected ${rows.rows} x ${rows.dim} values, and got ${rows.data.length}`,
    );
  }
  const bad = rows.data.findIndex((value) => !Number.isFinite(value));
  if (bad < 0) return rows;
  const [row, column] = [Math.floor(bad / rows.dim), bad % rows.dim];
  throw new TypeError(
    `data.${name}: row ${row}, column ${column} is ${rows.data[bad]}, and no finite number`,
  );
}

function fromData({ data, rows, dim }: Exclude<Rows, readonly unknown[]>): Vectors {
  if (!(data instanceof DataView)) return { data, rows, dim };
  const { buffer, byteOffset, byteLength } = data;
  return { data: new Float32Array(buffer.slice(byteOffset, byteOffset + byteLength)), rows, dim };
}

function fromLists(name: string, lists: readonly ArrayLike<number>[]): Vectors {
  const dim = lists[0]?.length ?? 0;
  const data = new Float32Array(lists.length * dim);
  for (const [i, list] of lists.entries()) {
    if (list.length !== dim) {
      throw new TypeError(`data.${name}: row ${i} has ${list.length} values, and row 0 has ${dim}`);
    }
    data.set(list, i * dim);
  }
  return { data, rows: lists.length, dim };
}
