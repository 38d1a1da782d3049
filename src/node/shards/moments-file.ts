import { openSafetensors } from '../../../weights/safetensors.ts';
import { safetensorsPieces } from '../../../weights/safetensors-writer.ts';
import type { Checkpoint } from '../../../weights/tensor-info.ts';
import { isJsonObject } from '../../arguments.ts';
import { CosineCounts } from '../../metrics/gap/cosine-counts.ts';
import type { ShardMoments } from '../../metrics/gap/shard-moments.ts';
import { memorySource } from '../../platform/given-file.ts';
import { LedgerError } from './errors.ts';

/** Under this key of the file's metadata lie the counts and sums that are single numbers. */
const NUMBERS_KEY = 'moments';

/** The partial of statistics of a shard as a safetensors file in F64. Of symmetric matrices it has the lower triangle. */
export async function momentsBytes(moments: ShardMoments): Promise<Uint8Array> {
  const { n, items, squares, matched, matchedSquares } = moments;
  const dim = moments.images.length;
  const tensors = {
    images: moments.images,
    texts: moments.texts,
    imageScatter: lowerTriangle(moments.imageScatter, dim),
    textScatter: lowerTriangle(moments.textScatter, dim),
    matchedCounts: moments.matchedCounts.counts,
  };
  const entries = Object.entries(tensors).map(([name, data]) => ({
    ...{ name, dtype: 'F64' as const, shape: [data.length] },
    pieces: () => [new Uint8Array(data.buffer, data.byteOffset, data.byteLength)],
  }));
  const numbers = JSON.stringify({ n, items, squares, matched, matchedSquares });
  const pieces: Uint8Array[] = [];
  for await (const piece of safetensorsPieces(entries, { [NUMBERS_KEY]: numbers })) pieces.push(piece);
  return Buffer.concat(pieces);
}

/** @throws {LedgerError} for what is no such file @throws {BiomedClipError} what `openSafetensors` throws */
export async function readMoments(file: string, bytes: Uint8Array): Promise<ShardMoments> {
  const opened = await openSafetensors(memorySource(file, bytes));
  const numbers: unknown = JSON.parse(opened.metadata?.[NUMBERS_KEY] ?? 'null');
  if (!isJsonObject(numbers)) throw new LedgerError(file, 'has no moments of a shard');
  const read = (name: string) => doubles(opened, name, file);
  const images = await read('images');
  const scatter = async (name: string) => fromTriangle(await read(name), images.length);
  return {
    ...(numbers as unknown as Pick<ShardMoments, 'n' | 'items' | 'squares' | 'matched' | 'matchedSquares'>),
    images,
    texts: await read('texts'),
    imageScatter: await scatter('imageScatter'),
    textScatter: await scatter('textScatter'),
    matchedCounts: new CosineCounts(await read('matchedCounts')),
  };
}

async function doubles(file: Checkpoint, name: string, path: string): Promise<Float64Array> {
  const tensor = file.tensors.get(name);
  if (tensor?.dtype !== 'F64') throw new LedgerError(path, `has no tensor ${name} of F64`);
  const bytes = await file.read(name, 0, (tensor.shape[0] ?? 0) * Float64Array.BYTES_PER_ELEMENT);
  return new Float64Array(bytes.slice().buffer);
}

function lowerTriangle(matrix: Float64Array, size: number): Float64Array {
  const triangle = new Float64Array((size * (size + 1)) / 2);
  for (let i = 0; i < size; i++) {
    triangle.set(matrix.subarray(i * size, i * size + i + 1), (i * (i + 1)) / 2);
  }
  return triangle;
}

function fromTriangle(triangle: Float64Array, size: number): Float64Array {
  const matrix = new Float64Array(size * size);
  for (let i = 0, at = 0; i < size; i++) {
    for (let j = 0; j <= i; j++, at++) {
      matrix[i * size + j] = triangle[at] ?? 0;
      matrix[j * size + i] = triangle[at] ?? 0;
    }
  }
  return matrix;
}
