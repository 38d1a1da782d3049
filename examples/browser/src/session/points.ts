export type Modality = 'image' | 'text';

/** The image or the text of a pair. */
export interface Point {
  readonly modality: Modality;
  /** Its index among the open pairs. */
  readonly pair: number;
}

export function isSame(a: Point | undefined, b: Point | undefined): boolean {
  return a?.modality === b?.modality && a?.pair === b?.pair;
}

/** The other half of its pair. */
export function partnerOf({ modality, pair }: Point): Point {
  return { modality: modality === 'image' ? 'text' : 'image', pair };
}

/** Its row where n images are followed by their n texts, as in a map or a matrix. */
export function rowOf({ modality, pair }: Point, n: number): number {
  return modality === 'image' ? pair : n + pair;
}

/** The point of a row where n images are followed by their n texts. */
export function pointOfRow(row: number, n: number): Point {
  return row < n ? { modality: 'image', pair: row } : { modality: 'text', pair: row - n };
}

/** Points without order; never changed. */
export class PointSet implements Iterable<Point> {
  static readonly EMPTY = new PointSet([]);
  readonly #pairs: Readonly<Record<Modality, ReadonlySet<number>>>;

  constructor(points: Iterable<Point>) {
    const pairs = { image: new Set<number>(), text: new Set<number>() };
    for (const { modality, pair } of points) pairs[modality].add(pair);
    this.#pairs = pairs;
  }

  get size(): number {
    return this.#pairs.image.size + this.#pairs.text.size;
  }

  has({ modality, pair }: Point): boolean {
    return this.#pairs[modality].has(pair);
  }

  /** Pairs of which a point is in it, in order. */
  get pairs(): number[] {
    return [...new Set([...this.#pairs.image, ...this.#pairs.text])].sort((a, b) => a - b);
  }

  with(point: Point): PointSet {
    return new PointSet([...this, point]);
  }

  without(point: Point): PointSet {
    return this.minus(new PointSet([point]));
  }

  minus(others: PointSet): PointSet {
    return new PointSet([...this].filter((point) => !others.has(point)));
  }

  equals(others: PointSet): boolean {
    return others.size === this.size && [...this].every((point) => others.has(point));
  }

  /** Images, then texts, each in order. */
  *[Symbol.iterator](): Iterator<Point> {
    for (const modality of ['image', 'text'] as const) {
      for (const pair of [...this.#pairs[modality]].sort((a, b) => a - b)) yield { modality, pair };
    }
  }
}
