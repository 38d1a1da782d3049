import { inverseNorms, type Vectors } from '../vectors.ts';
import { PointScaleError } from './errors.ts';

/** Points as the GPU reads them: rows padded with zeros to whole vectors of four. */
export interface PaddedPoints {
  /** `[rows, width]` */
  readonly data: Float32Array<ArrayBuffer>;
  readonly rows: number;
  readonly width: number;
}

/** Where |a|^2 + |b|^2 + 2 |a.b| of any two rows still fits in f32. */
const LARGEST_SQUARE = 5e37;

export function columnMeans({ data, rows, dim }: Vectors): Float64Array {
  const means = new Float64Array(dim);
  for (let r = 0; r < rows; r++) {
    for (let c = 0; c < dim; c++) means[c] = (means[c] ?? 0) + (data[r * dim + c] ?? 0);
  }
  return means.map((sum) => sum / rows);
}

/**
 * The points about their mean: distances stay, and what is subtracted in |a|^2 + |b|^2 - 2 a.b becomes small.
 * @throws {PointScaleError}
 */
export function centred(points: Vectors, means: Float64Array = columnMeans(points)): PaddedPoints {
  const { data, rows, dim } = points;
  const width = Math.ceil(dim / 4) * 4;
  const out = new Float32Array(rows * width);
  for (let r = 0; r < rows; r++) {
    let squares = 0;
    for (let c = 0; c < dim; c++) {
      const value = (data[r * dim + c] ?? 0) - (means[c] ?? 0);
      out[r * width + c] = value;
      squares += value * value;
    }
    if (squares > LARGEST_SQUARE) throw new PointScaleError(r);
  }
  return { data: out, rows, width };
}

/** Every point over its length. @throws {ZeroVectorError} */
export function unitLength(points: Vectors): PaddedPoints {
  const { data, rows, dim } = points;
  const width = Math.ceil(dim / 4) * 4;
  const out = new Float32Array(rows * width);
  for (const [r, inverse] of inverseNorms('x', points).entries()) {
    for (let c = 0; c < dim; c++) out[r * width + c] = (data[r * dim + c] ?? 0) * inverse;
  }
  return { data: out, rows, width };
}
