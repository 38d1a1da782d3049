import type { Gpu } from '../../device/gpu.ts';
import { HeldTensors } from '../../device/held-tensors.ts';
import { InvalidOptionError } from '../../errors.ts';
import type { Host } from '../../platform/host-memory.ts';
import { approximateNeighbours, type NeighborSearch } from '../neighbours/approximate.ts';
import { sortNeighbours } from '../neighbours/exact.ts';
import { centred, columnMeans, type PaddedPoints, uploadParts } from '../neighbours/points.ts';
import type { Vectors } from '../vectors.ts';
import type { BlockOptions, TopKBlock } from './blocks.ts';
import { PreparedRows, type Units, unitsOf } from './rows.ts';
import {
  blockOptions,
  expectTopK,
  type SimilarityMatrix,
  type SimilarityOptions,
  type SimilarityTopK,
  similarityMatrix,
} from './similarity.ts';

/** As `similarityMatrix`, and by lists under `approximate`. @throws {InvalidOptionError} for it without `topK` */
export function similarity(
  gpu: Gpu,
  a: Vectors,
  b: Vectors | undefined,
  options: SimilarityOptions & { readonly topK: number },
  host?: Host,
): Promise<SimilarityTopK>;
export function similarity(
  gpu: Gpu,
  a: Vectors,
  b?: Vectors,
  options?: SimilarityOptions,
  host?: Host,
): Promise<SimilarityMatrix | SimilarityTopK>;
export async function similarity(
  gpu: Gpu,
  a: Vectors,
  b: Vectors = a,
  { approximate = false, ...options }: SimilarityOptions = {},
  host?: Host,
): Promise<SimilarityMatrix | SimilarityTopK> {
  const { topK } = options;
  if (typeof approximate !== 'boolean' || (approximate && topK === undefined)) {
    throw new InvalidOptionError('approximate', 'true or false, and true only with topK', approximate);
  }
  if (topK === undefined || !approximate) return similarityMatrix(gpu, a, b, options, host);
  const checked = blockOptions(a, b, options);
  expectTopK(topK, b);
  const { rows } = a;
  if (rows === 0) return { indices: new Uint32Array(), values: new Float32Array(), rows, k: topK };
  return { ...(await approximateTopK(gpu, a, b, topK, checked)), rows, k: topK };
}

/**
 * Nearly the k best of every row, by lists; how nearly is measured. Cosines and distances alone: the order of products
 * is no order of distances.
 * @throws {InvalidOptionError} for the metric `dot`
 */
async function approximateTopK(
  gpu: Gpu,
  a: Vectors,
  b: Vectors,
  k: number,
  { metric, signal, onProgress }: BlockOptions,
): Promise<Omit<TopKBlock, 'firstRow'> & { readonly neighbors: NeighborSearch }> {
  if (metric === 'dot') {
    throw new InvalidOptionError('metric', "'cosine' or 'euclidean' with approximate", metric);
  }
  const units = unitsOf(metric, a, b);
  const [queries, points] = preparedRows(a, b, metric, units);
  const held = new HeldTensors(gpu, 'similarity: approximate');
  try {
    const sets = { x: await uploadParts(held, points), queries: await uploadParts(held, queries) };
    const found = await approximateNeighbours(held, sets, k, { signal, onProgress });
    await sortNeighbours(gpu, found, 'distance');
    const { ids, distances } = await gpu.compute('similarity: nearest', () => ({
      inputs: {},
      outputs: { ids: found.ids, distances: found.distances },
    }));
    const value = (square: number) =>
      metric === 'cosine' ? 1 - square / 2 : Math.sqrt(square) * units.result;
    return {
      indices: new Uint32Array(ids.buffer),
      values: distances.map(value),
      neighbors: { search: found.search, recall: found.recall },
    };
  } finally {
    held.free();
  }
}

/** Rows of length 1 for cosines; for distances in their unit, about the mean of b. */
function preparedRows(
  a: Vectors,
  b: Vectors,
  metric: 'cosine' | 'euclidean',
  units: Units,
): [PaddedPoints, PaddedPoints] {
  const left = allOf(new PreparedRows('a', a, metric, units.a));
  const right = b === a ? left : allOf(new PreparedRows('b', b, metric, units.b));
  if (metric === 'cosine') return [left, right];
  const means = columnMeans({ ...right, dim: right.width });
  const about = (points: PaddedPoints) => centred({ ...points, dim: points.width }, means);
  return [about(left), about(right)];
}

function allOf(rows: PreparedRows): PaddedPoints {
  return { data: rows.read(0, rows.rows), rows: rows.rows, width: rows.dim };
}
