import { throwIfAborted } from '../src/errors.ts';
import { NonFiniteWeightError, UnknownTensorError } from './errors.ts';
import { expectFloatDtype, firstNonFinite, floatsFromBytes } from './floats.ts';
import { type Checkpoint, DTYPE_BYTES } from './tensor-info.ts';

/** Bytes read at a time. With a conversion or two in flight that is a few dozen MB of host memory. */
export const PIECE_BYTES = 4 * 1024 * 1024;

export interface FloatPiece {
  /** Index of the first value within the tensor. */
  readonly start: number;
  readonly values: Float32Array;
}

/**
 * A float tensor's values as f32, in order, a piece at a time, so that no weight is in memory whole.
 * @param pieceBytes the most bytes asked of the file at once; a multiple of 4
 * @throws {UnknownTensorError | TensorDtypeError}
 * @throws {NonFiniteWeightError} at the first NaN or infinity
 * @throws {AbortedError} if the signal fires
 */
export async function* floatPieces(
  checkpoint: Checkpoint,
  tensor: string,
  { pieceBytes = PIECE_BYTES, signal }: { pieceBytes?: number; signal?: AbortSignal } = {},
): AsyncGenerator<FloatPiece> {
  const info = checkpoint.tensors.get(tensor);
  if (!info) throw new UnknownTensorError(checkpoint.file, tensor);
  const dtype = expectFloatDtype(checkpoint.file, tensor, info.dtype);
  for (let offset = 0; offset < info.byteLength; offset += pieceBytes) {
    throwIfAborted(signal);
    const bytes = await checkpoint.read(tensor, offset, Math.min(pieceBytes, info.byteLength - offset));
    const values = floatsFromBytes(bytes, dtype);
    const start = offset / DTYPE_BYTES[dtype];
    const bad = firstNonFinite(values);
    if (bad >= 0)
      throw new NonFiniteWeightError(checkpoint.file, tensor, start + bad, values[bad] ?? Number.NaN);
    yield { start, values };
  }
}

/** A tensor's bytes as they are stored, in order, a piece at a time. */
export async function* bytePieces(
  checkpoint: Checkpoint,
  tensor: string,
  { pieceBytes = PIECE_BYTES, signal }: { pieceBytes?: number; signal?: AbortSignal } = {},
): AsyncGenerator<Uint8Array> {
  const info = checkpoint.tensors.get(tensor);
  if (!info) throw new UnknownTensorError(checkpoint.file, tensor);
  for (let offset = 0; offset < info.byteLength; offset += pieceBytes) {
    throwIfAborted(signal);
    yield await checkpoint.read(tensor, offset, Math.min(pieceBytes, info.byteLength - offset));
  }
}
