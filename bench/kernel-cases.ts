import type { Commands } from '../src/device/commands.ts';
import type { Gpu } from '../src/device/gpu.ts';
import type { Tensor } from '../src/device/tensor.ts';
import { attention, attentionTileCount, attentionTiles } from '../src/kernels/attention.ts';
import { finiteRows } from '../src/kernels/finite-rows.ts';
import { distances } from '../src/kernels/gemm/distance.ts';
import { linear } from '../src/kernels/gemm/gemm.ts';
import { storageBits, type WeightStorage } from '../src/kernels/gemm/packed-matrix.ts';
import { l2Normalize } from '../src/kernels/l2-normalize.ts';
import { layerNorm } from '../src/kernels/layernorm.ts';
import { pairsAbove } from '../src/kernels/pairs-above.ts';
import { poolRows } from '../src/kernels/pool-rows.ts';
import { tokenEmbed } from '../src/kernels/token-embed.ts';
import { allocTopK, mergeTopK, readTopK } from '../src/kernels/top-k.ts';
import { WeightUploader } from '../src/model/weight-uploader.ts';
import { dequantize, quantizeRows, rowScales } from '../weights/int8.ts';
import { normalAt, streamKey } from '../weights/random.ts';
import { attentionWork, gemmWork, layerNormWork, type Work } from './roofline/work.ts';

/** A kernel on seeded inputs of one shape, with its judge. */
export interface PreparedKernel {
  record(cmd: Commands): Tensor;
  /** Element i of the output, in double precision. */
  expected(i: number): number;
  readonly work: Work;
  /** Called before each run. */
  reset?(): void;
  /** The values to compare, where the output is other than these. */
  read?(output: Float32Array<ArrayBuffer>): Float32Array;
}

export interface KernelCase {
  /** What the numbers of a shape are, in order. */
  readonly sizes: readonly string[];
  prepare(gpu: Gpu, sizes: readonly number[], storage: WeightStorage): Promise<PreparedKernel>;
}

const F32 = 4;
const HEAD = 64;
const EPS = 1e-6;
/** Rows of the embedding tables. */
const [WORDS, PLACES] = [1000, 256];
/** Places for pairs that should not be found, and what is in a place where none is. */
const [SPARE_PLACES, NOTHING] = [64, 0xffffffff];

/** The kernels that `bench kernel` knows: a new one is an entry here. */
export const KERNEL_CASES: Readonly<Record<string, KernelCase>> = {
  gemm: {
    sizes: ['M', 'N', 'K'],
    async prepare(gpu, [M = 0, N = 0, K = 0], storage) {
      const { x, w: drawn } = { x: seeded('x', M * K), w: seeded('w', N * K) };
      const w = storage === 'q8' ? inInt8(drawn, K) : drawn;
      const [tensor, weight] = [gpu.upload(x, [M, K]), await packed(gpu, w, N, K, storage)];
      return {
        record: (cmd) => linear(cmd, tensor, { weight }),
        expected: (i) => dot(x, Math.floor(i / N) * K, w, (i % N) * K, K),
        work: gemmWork({ M, N, K }, storageBits[storage] / 8),
      };
    },
  },
  distances: {
    sizes: ['M', 'N', 'K'],
    async prepare(gpu, [M = 0, N = 0, K = 0], storage) {
      const { x, w } = { x: seeded('x', M * K), w: seeded('w', N * K) };
      const [tensor, weight] = [gpu.upload(x, [M, K]), await packed(gpu, w, N, K, storage)];
      const { flops, bytes } = gemmWork({ M, N, K }, storage === 'f32' ? F32 : F32 / 2);
      return {
        record: (cmd) => distances(cmd, tensor, weight),
        expected: (i) => distance(x, Math.floor(i / N) * K, w, (i % N) * K, K),
        work: { flops: 1.5 * flops, bytes }, // a subtraction besides the multiply-add
      };
    },
  },
  attention: {
    sizes: ['B', 'T', 'H'],
    async prepare(gpu, [B = 0, T = 0, H = 0]) {
      const C = H * HEAD;
      const qkv = seeded('qkv', B * T * 3 * C);
      const count = attentionTileCount(gpu, B, B * T);
      const tiles = attentionTiles(gpu, new Array<number>(B).fill(T), count);
      const [tensor, tileTensor] = [gpu.upload(qkv, [B * T, 3 * C]), gpu.upload(tiles, [count, 4])];
      return {
        record: (cmd) => attention(cmd, tensor, tileTensor, H),
        expected: (i) => attended(qkv, { T, C }, Math.floor(i / C), i % C),
        work: attentionWork({ B, T, C, H }),
      };
    },
  },
  layernorm: {
    sizes: ['rows', 'C'],
    async prepare(gpu, [rows = 0, C = 0]) {
      const { x, weight, bias } = { x: seeded('x', rows * C), weight: seeded('w', C), bias: seeded('b', C) };
      const tensor = gpu.upload(x, [rows, C]);
      const weights = { weight: gpu.upload(weight, [C]), bias: gpu.upload(bias, [C]) };
      return {
        record: (cmd) => layerNorm(cmd, tensor, weights, EPS),
        expected: (i) => normalized(x, i, C) * (weight[i % C] ?? 0) + (bias[i % C] ?? 0),
        work: layerNormWork(rows * C),
      };
    },
  },
  'l2-normalize': {
    sizes: ['rows', 'C'],
    async prepare(gpu, [rows = 0, C = 0]) {
      const x = seeded('x', rows * C);
      const tensor = gpu.upload(x, [rows, C]);
      return {
        record: (cmd) => l2Normalize(cmd, tensor),
        expected: (i) => {
          const start = Math.floor(i / C) * C;
          return (x[i] ?? 0) / Math.sqrt(dot(x, start, x, start, C));
        },
        work: { flops: 3 * rows * C, bytes: 2 * rows * C * F32 },
      };
    },
  },
  'finite-rows': {
    sizes: ['rows', 'C'],
    async prepare(gpu, [rows = 0, C = 0]) {
      const x = seeded('x', rows * C);
      for (let row = 1; row < rows; row += 3) x[row * C + (row % C)] = Number.NaN;
      const tensor = gpu.upload(x, [rows, C]);
      return {
        record: (cmd) => finiteRows(cmd, tensor),
        expected: (row) => Number(row % 3 !== 1),
        work: { flops: rows * C, bytes: rows * (C + 1) * F32 },
      };
    },
  },
  'pool-rows': {
    sizes: ['rows', 'C'],
    async prepare(gpu, [rows = 0, C = 0]) {
      const x = seeded('x', rows * C);
      const spans = Uint32Array.from({ length: 2 * rows }, (_, i) => (i % 2 === 0 ? rows - 1 - i / 2 : 1));
      const [tensor, spansTensor] = [gpu.upload(x, [rows, C]), gpu.upload(spans, [rows, 2])];
      return {
        record: (cmd) => poolRows(cmd, tensor, spansTensor),
        expected: (i) => x[(spans[2 * Math.floor(i / C)] ?? 0) * C + (i % C)] ?? Number.NaN,
        work: { flops: 0, bytes: 2 * rows * C * F32 },
      };
    },
  },
  'token-embed': {
    sizes: ['tokens', 'C'],
    async prepare(gpu, [tokens = 0, C = 0], storage) {
      const [words, positions, tokenType] = [seeded('v', WORDS * C), seeded('p', PLACES * C), seeded('t', C)];
      const ids = Uint32Array.from({ length: 2 * tokens }, (_, i) =>
        i % 2 === 0 ? (i * 7919) % WORDS : ((i - 1) / 2) % PLACES,
      );
      const weights = {
        words: await table(gpu, words, C, storage),
        storage,
        positions: gpu.upload(positions, [PLACES, C]),
        tokenType: gpu.upload(tokenType, [C]),
      };
      const idTensor = gpu.upload(ids, [tokens, 2]);
      return {
        record: (cmd) => tokenEmbed(cmd, idTensor, weights),
        expected: (i) => {
          const [token, c] = [Math.floor(i / C), i % C];
          const [word = 0, place = 0] = ids.subarray(2 * token, 2 * token + 2);
          return (words[word * C + c] ?? 0) + (positions[place * C + c] ?? 0) + (tokenType[c] ?? 0);
        },
        work: { flops: 2 * tokens * C, bytes: 4 * tokens * C * F32 },
      };
    },
  },
  'top-k': {
    sizes: ['rows', 'columns', 'k'],
    async prepare(gpu, [rows = 0, columns = 0, k = 0]) {
      const scores = seeded('x', rows * columns);
      const tensor = gpu.upload(scores, [rows, columns]);
      const bytes = (rows * columns + 4 * rows * k) * F32;
      return {
        record: (cmd) => {
          const lists = allocTopK(cmd, rows, k);
          mergeTopK(cmd, tensor, lists, { firstCol: 0, smallest: false });
          return lists.best;
        },
        read: (y) => {
          const values = new Float32Array(rows * k);
          readTopK(new Uint32Array(y.buffer), false, new Uint32Array(rows * k), values);
          return values;
        },
        expected: (i) => {
          const row = scores.slice(Math.floor(i / k) * columns, (Math.floor(i / k) + 1) * columns);
          return row.sort().at(-1 - (i % k)) ?? Number.NaN;
        },
        work: { flops: rows * columns, bytes },
      };
    },
  },
  'pairs-above': {
    sizes: ['rows', 'columns', 'pairs'],
    async prepare(gpu, [rows = 0, columns = 0, pairs = 0]) {
      const scores = seeded('x', rows * columns);
      const threshold = scores.toSorted().at(-pairs) ?? Number.NEGATIVE_INFINITY;
      const right: number[] = []; // more than asked for, where scores are equal
      for (const [i, score] of scores.entries()) if (score >= threshold) right.push(i);
      const places = right.length + SPARE_PLACES;
      const tensor = gpu.upload(scores, [rows, columns]);
      const [range, count] = [gpu.upload(Uint32Array.of(0, rows)), gpu.upload(Uint32Array.of(0))];
      const found = gpu.upload(new Uint32Array(3 * places).fill(NOTHING), [places, 3]);
      return {
        record: (cmd) => {
          pairsAbove(cmd, tensor, { range, count, found, firstCol: 0, threshold, triangular: false });
          return found;
        },
        reset: () => gpu.write(count, Uint32Array.of(0)),
        read: (y) => scoresOfPairs(y, columns, right),
        expected: (i) => scores[right[i] ?? -1] ?? Number.NaN,
        work: { flops: rows * columns, bytes: (rows * columns + 3 * right.length) * F32 },
      };
    },
  },
};

/** The scores of the pairs found, by row and column; NaN for one that is not right, or is missing. */
function scoresOfPairs(y: Float32Array<ArrayBuffer>, columns: number, right: readonly number[]) {
  const bits = new Uint32Array(y.buffer, y.byteOffset, y.length);
  const found: { at: number; score: number }[] = [];
  for (let i = 0; i < bits.length; i += 3) {
    const [row = NOTHING, column = 0] = bits.subarray(i, i + 2);
    if (row !== NOTHING) found.push({ at: row * columns + column, score: y[i + 2] ?? Number.NaN });
  }
  found.sort((a, b) => a.at - b.at);
  return Float32Array.from({ length: Math.max(found.length, right.length) }, (_, i) =>
    found[i]?.at === right[i] ? (found[i]?.score ?? Number.NaN) : Number.NaN,
  );
}

/** Close to normal, and of few bits, so that f16 holds them exactly. */
function seeded(name: string, length: number): Float32Array<ArrayBuffer> {
  const key = streamKey(1, name);
  return Float32Array.from({ length }, (_, i) => Math.round(normalAt(key, i) * 64) / 64);
}

/** W `[N, K]` in the order that the GEMM reads, by the way that a checkpoint's weights go. */
async function packed(gpu: Gpu, values: Float32Array, N: number, K: number, storage: WeightStorage) {
  return upload(gpu, values, [N, K], storage, async (to) => (await to.linear('w', { bias: false })).weight);
}

/** The nearest values that int8 with a scale for each row holds. */
function inInt8(w: Float32Array, cols: number): Float32Array {
  const scales = rowScales(w, cols);
  return dequantize(new Uint8Array(quantizeRows(w, scales).buffer), 0, cols, scales);
}

/** A row-major table `[rows, C]`. */
async function table(gpu: Gpu, values: Float32Array, C: number, storage: WeightStorage) {
  return upload(gpu, values, [values.length / C, C], storage, (to) => to.table('w', storage));
}

async function upload<T>(
  gpu: Gpu,
  values: Float32Array,
  shape: readonly number[],
  storage: WeightStorage,
  take: (uploader: WeightUploader) => Promise<T>,
): Promise<T> {
  const reader = {
    shapeOf: () => shape,
    async *pieces(_: string, length: number) {
      for (let at = 0; at < values.length; at += length) yield values.slice(at, at + length);
    },
  };
  const uploader = new WeightUploader(gpu, reader, storage);
  try {
    return await take(uploader);
  } finally {
    uploader.finish();
  }
}

function dot(a: Float32Array, atA: number, b: Float32Array, atB: number, length: number): number {
  let sum = 0;
  for (let k = 0; k < length; k++) sum += (a[atA + k] ?? 0) * (b[atB + k] ?? 0);
  return sum;
}

function distance(a: Float32Array, atA: number, b: Float32Array, atB: number, length: number): number {
  let sum = 0;
  for (let k = 0; k < length; k++) sum += ((a[atA + k] ?? 0) - (b[atB + k] ?? 0)) ** 2;
  return Math.sqrt(sum);
}

function normalized(x: Float32Array, i: number, C: number): number {
  const row = x.subarray(i - (i % C), i - (i % C) + C);
  const mean = row.reduce((sum, value) => sum + value, 0) / C;
  const variance = row.reduce((sum, value) => sum + (value - mean) ** 2, 0) / C;
  return ((x[i] ?? 0) - mean) / Math.sqrt(variance + EPS);
}

/** Channel c of the token's output: softmax(q k^T / 8) v within its sequence of T tokens. */
function attended(qkv: Float32Array, { T, C }: { T: number; C: number }, token: number, c: number): number {
  const head = c - (c % HEAD);
  const first = token - (token % T);
  const scores = Array.from({ length: T }, (_, key) => {
    const k = (first + key) * 3 * C + C + head;
    return dot(qkv, token * 3 * C + head, qkv, k, HEAD) / Math.sqrt(HEAD);
  });
  const highest = Math.max(...scores);
  const weights = scores.map((score) => Math.exp(score - highest));
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  return weights.reduce(
    (sum, weight, key) => sum + (weight / total) * (qkv[(first + key) * 3 * C + 2 * C + c] ?? 0),
    0,
  );
}
