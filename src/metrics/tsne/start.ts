import type { Gpu } from '../../device/gpu.ts';
import { leadingEigenpairs } from '../linear-algebra.ts';
import { centred, columnMeans, type PaddedPoints } from '../neighbours/points.ts';
import { seededNormals } from '../random.ts';
import type { Vectors } from '../vectors.ts';
import { PcaInitError } from './errors.ts';
import { type Columns, gramMatrix } from './gram-matrix.ts';
import type { TsneSettings } from './options.ts';

/** Standard deviation of the start; for PCA, of its first component. */
const DEVIATION = 1e-4;

/**
 * The initial map, `[rows, 2]`.
 * @throws {PcaInitError} if the points have fewer than two principal components
 */
export async function startingMap(
  gpu: Gpu,
  points: Vectors,
  { init, seed }: Pick<TsneSettings, 'init' | 'seed'>,
): Promise<Float32Array> {
  if (init === 'random') return seededNormals(2 * points.rows, seed, DEVIATION);
  return init === 'pca' ? pcaStart(gpu, points) : init;
}

/**
 * The first two principal components, over the first one's standard deviation, times 1e-4: as scikit-learn, with its
 * signs (the largest score of each component is positive). The Gram matrix is computed on the GPU, over the points or
 * over the dimensions, whichever are fewer; its eigenvectors on the host.
 */
async function pcaStart(gpu: Gpu, points: Vectors): Promise<Float32Array> {
  const { rows, dim } = points;
  if (dim < 2) throw new PcaInitError('the points have one dimension');
  const means = columnMeans(points);
  const data = centred(points, means);
  const overPoints = rows <= dim;
  const matrix = await gramMatrix(gpu, overPoints ? columnsOf(data) : rowsAsColumns(data, dim));
  const pairs = leadingEigenpairs(matrix, overPoints ? rows : dim);
  const scores = pairs.map(({ value, vector }) =>
    overPoints ? vector.map((v) => v * Math.sqrt(Math.max(value, 0))) : projected(data, vector),
  );
  const [first, second] = scores.map(withPositivePeak);
  const deviation = first ? Math.sqrt(first.reduce((sum, v) => sum + v * v, 0) / rows) : 0;
  if (!first || !second || !(deviation > 0)) throw new PcaInitError('all points are the same');
  const scale = DEVIATION / deviation;
  return Float32Array.from(
    { length: 2 * rows },
    (_, i) => scale * ((i % 2 === 0 ? first : second)[Math.floor(i / 2)] ?? 0),
  );
}

function projected({ data, rows, width }: PaddedPoints, vector: Float64Array): Float64Array {
  return Float64Array.from({ length: rows }, (_, r) => {
    let sum = 0;
    for (let c = 0; c < vector.length; c++) sum += (data[r * width + c] ?? 0) * (vector[c] ?? 0);
    return sum;
  });
}

/** Points as rows. */
function columnsOf({ data, rows, width }: PaddedPoints): Columns {
  return {
    rows,
    length: width,
    read(first, count) {
      const out = new Float32Array(rows * count);
      for (let r = 0; r < rows; r++) {
        const row = data.subarray(r * width, (r + 1) * width);
        out.set(row.subarray(first, first + count), r * count);
      }
      return out;
    },
  };
}

/** Dimensions as rows. */
function rowsAsColumns({ data, rows, width }: PaddedPoints, dim: number): Columns {
  return {
    rows: dim,
    length: rows,
    read(first, count) {
      const out = new Float32Array(dim * count);
      for (let r = first; r < Math.min(first + count, rows); r++) {
        for (let c = 0; c < dim; c++) out[c * count + r - first] = data[r * width + c] ?? 0;
      }
      return out;
    },
  };
}

function withPositivePeak(scores: Float64Array): Float64Array {
  const peak = scores.reduce((max, v) => (Math.abs(v) > Math.abs(max) ? v : max), 0);
  return peak < 0 ? scores.map((v) => -v) : scores;
}
