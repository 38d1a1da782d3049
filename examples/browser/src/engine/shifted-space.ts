import { shiftModalities } from 'biomedclip-webgpu';
import { row, stacked } from './rows.ts';
import type { PairVectors, Vectors } from './types.ts';

/** Pairs as the model embedded them, and as they are once the modalities were moved together. */
export class ShiftedSpace {
  #amount = 0;
  #current: PairVectors;
  #points: Vectors | undefined;

  constructor(readonly embedded: PairVectors) {
    this.#current = embedded;
  }

  get current(): PairVectors {
    return this.#current;
  }

  /** Images, then texts: `[2n, D]` */
  get points(): Vectors {
    this.#points ??= stacked(this.#current);
    return this.#points;
  }

  /** One of the points: `[1, D]` */
  point(index: number): Vectors {
    const { images, texts } = this.#current;
    return index < images.rows ? row(images, index) : row(texts, index - images.rows);
  }

  /** @param amount 0 leaves everything as it is, 1 puts the centroids together */
  shift(amount: number): void {
    this.#amount = amount;
    this.#points = undefined;
    const { images, texts } = this.embedded;
    this.#current = amount === 0 ? this.embedded : shiftModalities(images, texts, amount);
  }

  /** A new row `[1, D]`, moved as the rows of its modality were. */
  moved(query: Vectors, kind: 'image' | 'text'): Vectors {
    if (this.#amount === 0) return query;
    const name = `${kind}s` as const;
    const { images, texts } = this.embedded;
    const unscaled = shiftModalities(images, texts, this.#amount, { renormalize: false })[name].data;
    const from = this.embedded[name].data;
    const data = query.data.map((value, d) => value + (unscaled[d] ?? 0) - (from[d] ?? 0));
    const length = Math.hypot(...data);
    return { ...query, data: data.map((value) => value / length) };
  }
}
