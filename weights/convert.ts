import { expectF16Range, f16FromFloats, isFloatDtype } from './floats.ts';
import { safetensorsPieces, type TensorEntry } from './safetensors-writer.ts';
import type { ByteSink } from './sinks.ts';
import type { Checkpoint, TensorDtype, TensorInfo } from './tensor-info.ts';
import { bytePieces, floatPieces } from './tensor-pieces.ts';

export interface ConvertOptions {
  /**
   * The dtype of floats; undefined keeps each tensor's own. With `f16`, tensors of two and more axes become F16, those
   * of one or none (biases, norms, `logit_scale`) F32: these are where outliers and exactness matter most, and they
   * take 0.5 MB of BiomedCLIP's 392.
   */
  readonly dtype?: 'f32' | 'f16';
  /** Bytes written so far, and how many there will be in all. */
  readonly onProgress?: (done: number, total: number) => void;
  readonly signal?: AbortSignal;
}

/**
 * Rewrites a checkpoint as safetensors, piece by piece. F16 and BF16 become F32 exactly; F32 and BF16 become F16
 * rounded to nearest, ties to even. Integers stay as they are. Every float is checked on the way.
 * @throws {NonFiniteWeightError} at a NaN or infinity
 * @throws {F16OverflowError} at a value that f16 cannot hold
 * @throws {AbortedError} if the signal fires
 */
export async function convertCheckpoint(
  checkpoint: Checkpoint,
  sink: ByteSink,
  options: ConvertOptions = {},
): Promise<void> {
  const entries = [...checkpoint.tensors.values()].map((tensor) =>
    convertedEntry(checkpoint, tensor, options),
  );
  const total = entries.reduce((sum, entry) => sum + entry.byteLength, 0);
  let done = 0;
  let header = true;
  for await (const piece of safetensorsPieces(entries)) {
    await sink.write(piece);
    if (!header) done += piece.length;
    header = false;
    options.onProgress?.(done, total);
  }
}

function convertedEntry(
  checkpoint: Checkpoint,
  { name, dtype, shape, byteLength }: TensorInfo,
  { dtype: wanted, signal }: ConvertOptions,
): TensorEntry & { byteLength: number } {
  if (!isFloatDtype(dtype)) {
    return { name, dtype, shape, byteLength, pieces: () => bytePieces(checkpoint, name, { signal }) };
  }
  const target = targetDtype(dtype, shape, wanted);
  const width = { F32: 4, F16: 2, BF16: 2 };
  return {
    name,
    dtype: target,
    shape,
    byteLength: (byteLength / width[dtype]) * width[target],
    pieces: () => convertedPieces(checkpoint, name, target, signal),
  };
}

function targetDtype<T extends TensorDtype>(
  dtype: T,
  shape: readonly number[],
  wanted: ConvertOptions['dtype'],
): T | 'F32' | 'F16' {
  if (wanted === undefined) return dtype;
  return wanted === 'f16' && shape.length >= 2 ? 'F16' : 'F32';
}

async function* convertedPieces(
  checkpoint: Checkpoint,
  tensor: string,
  target: 'F32' | 'F16' | 'BF16',
  signal: AbortSignal | undefined,
): AsyncGenerator<Uint8Array> {
  for await (const { start, values } of floatPieces(checkpoint, tensor, { signal })) {
    if (target === 'F16') expectF16Range(checkpoint.file, tensor, start, values);
    yield bytesOf(values, target);
  }
}

/** BF16 is kept but never made, so the upper halves hold every value exactly. */
function bytesOf(values: Float32Array, target: 'F32' | 'F16' | 'BF16'): Uint8Array {
  if (target === 'F16') return new Uint8Array(f16FromFloats(values).buffer);
  if (target === 'F32') return new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
  const bits = new Uint32Array(values.buffer, values.byteOffset, values.length);
  return new Uint8Array(Uint16Array.from(bits, (value) => value >>> 16).buffer);
}
