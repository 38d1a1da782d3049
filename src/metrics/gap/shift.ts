import { boolean, checkOptions, type Shape } from '../../arguments.ts';
import { InvalidOptionError, ShapeError } from '../../errors.ts';
import { checkVectors, inverseNorms, type Vectors } from '../vectors.ts';
import { ShiftedToZeroError } from './errors.ts';

/** What a shift does besides. */
export interface ShiftOptions {
  /** Scale the shifted rows to length 1 again, since the model compares directions. Default true. */
  readonly renormalize?: boolean;
}

/** The two modalities after a shift, with the inputs' other fields, such as `ids`. */
export interface ShiftedModalities<I extends Vectors, T extends Vectors> {
  /** Moved towards the texts. */
  readonly images: I;
  /** Moved towards the images. */
  readonly texts: T;
}

const OPTIONS: Shape<ShiftOptions> = { renormalize: boolean };

/** A shorter row in f32 is rounding error, not a direction. */
const NO_DIRECTION = 1e-6;

/**
 * Moves images `[n, D]` and texts `[m, D]` together along the gap vector of Liang et al. 2022 ("Mind the Gap"): with
 * all rows of length 1 and gap = mean(images) - mean(texts), to image - amount / 2 gap and text + amount / 2 gap. At
 * amount 0 rows keep their directions, at 1 the centroids meet (before rows are scaled to length 1 again, which leaves
 * a little of the gap), and below 0 the modalities part. Rows need not be pairs. In double precision.
 *
 * The gap is taken from the rows that are moved, so figures of the result are of what was fitted. To fit on some rows and move
 * others, use `fitGapClosing` with `method: 'shift'`.
 * @throws {InvalidOptionError} for an amount that is not finite, or a `renormalize` that is no boolean
 * @throws {ShapeError} unless both have rows, of one length
 * @throws {ShiftedToZeroError} for a row that the shift leaves without a direction
 * @throws {NonFiniteVectorError} @throws {ZeroVectorError}
 */
export function shiftModalities<I extends Vectors, T extends Vectors>(
  images: I,
  texts: T,
  amount: number,
  options: ShiftOptions = {},
): ShiftedModalities<I, T> {
  checkOptions('shiftModalities', 'options', options, OPTIONS);
  const { renormalize = true } = options;
  if (!Number.isFinite(amount)) throw new InvalidOptionError('amount', 'a finite number', amount);
  checkVectors('shiftModalities', 'images', images);
  checkVectors('shiftModalities', 'texts', texts);
  checkRows('images', images, images.dim);
  checkRows('texts', texts, images.dim);
  const scales = { images: inverseNorms('images', images), texts: inverseNorms('texts', texts) };
  const textCentroid = centroid(texts, scales.texts);
  const gap = centroid(images, scales.images).map((value, d) => value - (textCentroid[d] ?? 0));
  const moved = (name: 'images' | 'texts', vectors: Vectors, share: number) =>
    shifted(
      name,
      vectors,
      scales[name],
      gap.map((value) => share * value),
      renormalize,
    );
  return {
    images: { ...images, data: moved('images', images, -amount / 2) },
    texts: { ...texts, data: moved('texts', texts, amount / 2) },
  };
}

function checkRows(name: string, vectors: Vectors, dim: number): void {
  if (vectors.rows > 0 && vectors.dim === dim) return;
  throw new ShapeError('shiftModalities', name, `[at least 1, ${dim}]`, [vectors.rows, vectors.dim]);
}

/** The mean of the rows, each scaled to length 1: `[dim]` */
function centroid({ data, rows, dim }: Vectors, scales: Float64Array): Float64Array {
  const mean = new Float64Array(dim);
  for (let row = 0; row < rows; row++) {
    const scale = (scales[row] ?? 0) / rows;
    for (let d = 0; d < dim; d++) mean[d] = (mean[d] ?? 0) + (data[row * dim + d] ?? 0) * scale;
  }
  return mean;
}

/** Rows of length 1, plus `step` `[dim]`: `[rows, dim]` */
function shifted(
  name: string,
  { data, rows, dim }: Vectors,
  scales: Float64Array,
  step: Float64Array,
  renormalize: boolean,
): Float32Array<ArrayBuffer> {
  const out = new Float32Array(rows * dim);
  const moved = new Float64Array(dim);
  for (let row = 0; row < rows; row++) {
    const scale = scales[row] ?? 0;
    let squares = 0;
    for (let d = 0; d < dim; d++) {
      const value = (data[row * dim + d] ?? 0) * scale + (step[d] ?? 0);
      moved[d] = value;
      squares += value * value;
    }
    const length = Math.sqrt(squares);
    if (renormalize && length < NO_DIRECTION) throw new ShiftedToZeroError(name, row);
    const rescale = renormalize ? 1 / length : 1;
    for (let d = 0; d < dim; d++) out[row * dim + d] = (moved[d] ?? 0) * rescale;
  }
  return out;
}
