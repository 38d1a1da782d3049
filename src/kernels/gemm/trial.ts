import { GpuInternalError, GpuValidationError, ShaderError } from '../../device/errors.ts';
import type { Gpu } from '../../device/gpu.ts';
import { HeldTensors } from '../../device/held-tensors.ts';
import type { Tensor } from '../../device/tensor.ts';
import { linear } from './gemm.ts';
import { type PackedMatrix, packedWords, type WeightStorage } from './packed-matrix.ts';
import type { GemmShape, GemmTile } from './tile.ts';

/** Rows of the trial: more than a workgroup's, and not a multiple. */
const ROWS = 150;
/** Words of noise, repeated as needed. A prime, so that no two rows or panels are equal. */
const NOISE_WORDS = 65_521;
/**
 * Rounding factors to f16 gives an error of about 2^-12 of the sums' RMS; a fault gives one of about the RMS itself.
 */
const TOLERANCE = 0.01;

/**
 * The candidates without the matrix tiles that do not compile or give wrong products. Matrix units are an experimental
 * feature of Dawn and of little-used drivers, and a wrong product would be a wrong embedding without an error. The
 * reference is the first candidate that does not use them.
 */
export async function trustedTiles(
  gpu: Gpu,
  shape: GemmShape,
  candidates: readonly GemmTile[],
): Promise<GemmTile[]> {
  const judge = candidates.find(({ family }) => family !== 'matrix');
  if (!judge || candidates.every(({ family }) => family !== 'matrix')) return [...candidates];
  const held = new HeldTensors(gpu, 'gemm trial');
  try {
    const factors = await held.allocate(() => noiseFactors(held, shape));
    const expected = await product(gpu, factors, judge);
    const trusted: GemmTile[] = [];
    for (const tile of candidates) {
      if (tile.family !== 'matrix' || (await isRight(gpu, factors, tile, expected))) trusted.push(tile);
    }
    return trusted;
  } finally {
    held.free();
  }
}

interface Factors {
  /** `[ROWS, K]` */
  readonly x: Tensor;
  /** `[N, K]` */
  readonly weight: PackedMatrix;
}

async function isRight(gpu: Gpu, factors: Factors, tile: GemmTile, expected: Float32Array): Promise<boolean> {
  try {
    return agrees(await product(gpu, factors, tile), expected);
  } catch (error) {
    const refused = [ShaderError, GpuValidationError, GpuInternalError].some((Type) => error instanceof Type);
    if (refused) return false;
    throw error;
  }
}

/** Whether every value is as close to the expected one as f16 factors allow. */
export function agrees(y: Float32Array, expected: Float32Array): boolean {
  const rms = Math.sqrt(expected.reduce((sum, value) => sum + value * value, 0) / expected.length);
  return y.every((value, i) => Math.abs(value - (expected[i] ?? Number.NaN)) <= TOLERANCE * rms);
}

async function product(gpu: Gpu, { x, weight }: Factors, tile: GemmTile): Promise<Float32Array> {
  const { y } = await gpu.compute('gemm trial', (cmd) => ({
    inputs: {},
    outputs: { y: linear(cmd, x, { weight }, { tile }) },
  }));
  return y;
}

function noiseFactors(held: HeldTensors, { N, K, storage }: GemmShape): Factors {
  const x = held.empty([ROWS, K]);
  const words = held.empty([packedWords(N, K, storage)], 'u32');
  fill(held.gpu, x, new Float32Array(noiseWords('f32').buffer));
  fill(held.gpu, words, noiseWords(storage));
  return { x, weight: { rows: N, cols: K, storage, words } };
}

function fill(gpu: Gpu, tensor: Tensor, noise: Float32Array | Uint32Array): void {
  for (let at = 0; at < tensor.size; at += noise.length) {
    gpu.write(tensor, noise.subarray(0, tensor.size - at), at);
  }
}

/**
 * Numbers of 0.25 to 0.5 with random signs: one per word in f32, two per word in the 16-bit storages. In q8 the words of
 * f32 serve too, as they make both fair bytes and fair scales.
 */
function noiseWords(storage: WeightStorage): Uint32Array {
  const [random, exponent] =
    storage === 'f32' || storage === 'q8' ? [0x807f_ffff, 0x3e80_0000] : [0x83ff_83ff, 0x3400_3400];
  let state = 1;
  return Uint32Array.from({ length: NOISE_WORDS }, () => {
    // Marsaglia's xorshift32.
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return ((state & random) | exponent) >>> 0;
  });
}
