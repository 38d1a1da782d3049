import type { Modality, Point } from '../session/points.ts';
import { row, stacked } from './rows.ts';
import type { PairVectors, Shown, Vectors } from './types.ts';

/** What moves the rows of each modality. */
export interface RowMaps {
  images(rows: Vectors): Promise<Vectors>;
  texts(rows: Vectors): Promise<Vectors>;
}

/** Pairs as the model embedded them, and as they are shown. */
export class ClosedSpace {
  #maps: RowMaps | undefined;
  #current: PairVectors;
  #points: Vectors | undefined;
  #shown: Shown = { kind: 'raw' };

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
  point({ modality, pair }: Point): Vectors {
    return row(this.#current[`${modality}s`], pair);
  }

  /** The pairs as they are shown. @throws {Error} where that is another way than is asked for, by now */
  shownAs(asked: Shown): PairVectors {
    if (JSON.stringify(asked) === JSON.stringify(this.#shown)) return this.#current;
    throw new Error('What is shown is changing: once it is fitted, try again.');
  }

  /** Without maps, everything is as the model embedded it. */
  async show(how: Shown, maps: RowMaps | undefined): Promise<void> {
    const { images, texts } = this.embedded;
    const shown = maps
      ? { images: await maps.images(images), texts: await maps.texts(texts) }
      : this.embedded;
    this.#maps = maps;
    this.#shown = how;
    this.#current = shown;
    this.#points = undefined;
  }

  /** A new row `[1, D]`, moved as the rows of its modality were. */
  async moved(query: Vectors, kind: Modality): Promise<Vectors> {
    return this.#maps ? this.#maps[`${kind}s`](query) : query;
  }
}
