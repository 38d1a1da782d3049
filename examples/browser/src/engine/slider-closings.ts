import { type ClosingOptions, fitGapClosing, type GapClosing, similarityMatrix } from 'biomedclip-webgpu';
import type { RowMaps } from './closed-space.ts';
import type { PairVectors, Vectors } from './types.ts';

/** The closings between which two sliders move. Each strength is fitted once, when it is first asked for. */
export class SliderClosings {
  readonly #fitted = new Map<number, Promise<GapClosing>>();

  constructor(
    private readonly pairs: PairVectors,
    private readonly model: ClosingOptions['model'],
  ) {}

  /** With the means wholly taken out. @param shapes strength: 0 centres and leaves the shapes */
  fitted(shapes: number): Promise<GapClosing> {
    const known = this.#fitted.get(shapes);
    if (known) return known;
    const fit = fitGapClosing(this.pairs, { ...this.method(shapes), model: this.model, folds: 0 });
    this.#fitted.set(shapes, fit);
    fit.catch(() => this.#fitted.delete(shapes));
    return fit;
  }

  /** @param means the share of each modality's own mean that is taken out */
  async at(means: number, shapes: number): Promise<RowMaps> {
    const closing = await this.fitted(shapes);
    if (means === 1) return closing;
    const centring = await this.fitted(0);
    const partly = (side: 'images' | 'texts') => {
      const mean = centring.maps[side].bias.map((value) => -value);
      return (rows: Vectors) => withPartOfMean(closing.maps[side], mean, means, rows);
    };
    return { images: partly('images'), texts: partly('texts') };
  }

  /** Groups are for held-out figures alone. */
  method(shapes: number): ClosingOptions {
    const { labels } = this.pairs;
    if (shapes === 0) return { method: 'center', groups: labels };
    return { method: 'local', strength: shapes, groups: labels };
  }
}

/**
 * Between no centring and the closing as it was fitted, with the shapes about the mean m as they are there:
 * y = unit(unit(W x + b + (1 - share) m) - share c), since W x + b = W (x - m).
 */
async function withPartOfMean(
  { weight, bias, recentre, dim, outDim }: GapClosing['maps']['images'],
  mean: Float32Array,
  share: number,
  rows: Vectors,
): Promise<Vectors> {
  const product = await similarityMatrix(rows, { data: weight, rows: outDim, dim }, { metric: 'dot' });
  const data = Float32Array.from(product.data); // [n, outDim]: W x of each row
  for (let at = 0; at < data.length; at += outDim) {
    const y = data.subarray(at, at + outDim);
    for (let o = 0; o < outDim; o++) y[o] = (y[o] ?? 0) + (bias[o] ?? 0) + (1 - share) * (mean[o] ?? 0);
    scaleToLength1(y);
    for (let o = 0; o < outDim; o++) y[o] = (y[o] ?? 0) - share * (recentre[o] ?? 0);
    scaleToLength1(y);
  }
  return { data, rows: rows.rows, dim: outDim };
}

function scaleToLength1(row: Float32Array): void {
  let squares = 0;
  for (const value of row) squares += value * value;
  const length = Math.sqrt(squares);
  if (length > 0) for (let d = 0; d < row.length; d++) row[d] = (row[d] ?? 0) / length;
}
