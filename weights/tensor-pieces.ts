import { throwIfAborted } from '../src/errors.ts';
import { NonFiniteWeightError, TensorShapeError } from './errors.ts';
import { expectFloatDtype, firstNonFinite, floatsFromBytes } from './floats.ts';
import { dequantize, isInt8, rowLength, scalesOf } from './int8.ts';
import { type Checkpoint, DTYPE_BYTES, elementCount, type TensorInfo } from './tensor-info.ts';
import { tensorNamed } from './tensor-range.ts';

/** Bytes read at a time. With a conversion or two in flight that is a few dozen MB of host memory. */
export const PIECE_BYTES = 4 * 1024 * 1024;

export interface FloatPiece {
  /** Index of the first value within the tensor. */
  readonly start: number;
  readonly values: Float32Array;
}

/**
 * The values of a tensor of floats, or of int8 with scales, as f32, in order, a piece at a time, so that no weight is in
 * memory whole.
 * @param pieceBytes the most bytes asked of the file at once; a multiple of 4
 * @throws {UnknownTensorError | TensorDtypeError}
 * @throws {TensorShapeError} where the scales are not one a row
 * @throws {NonFiniteWeightError} at the first NaN or infinity
 * @throws {AbortedError} if the signal fires
 */
export async function* floatPieces(
  checkpoint: Checkpoint,
  tensor: string,
  { pieceBytes = PIECE_BYTES, signal }: { pieceBytes?: number; signal?: AbortSignal } = {},
): AsyncGenerator<FloatPiece> {
  const info = tensorNamed(checkpoint, tensor);
  const toFloats = await decoderOf(checkpoint, info, signal);
  for (let offset = 0; offset < info.byteLength; offset += pieceBytes) {
    throwIfAborted(signal);
    const bytes = await checkpoint.read(tensor, offset, Math.min(pieceBytes, info.byteLength - offset));
    const start = offset / DTYPE_BYTES[info.dtype];
    const values = toFloats(bytes, start);
    const bad = firstNonFinite(values);
    if (bad >= 0) throw new NonFiniteWeightError(checkpoint.file, tensor, start + bad, values[bad] as number);
    yield { start, values };
  }
}

/** What turns bytes from value `start` on into f32. */
async function decoderOf(
  checkpoint: Checkpoint,
  info: TensorInfo,
  signal: AbortSignal | undefined,
): Promise<(bytes: Uint8Array, start: number) => Float32Array> {
  if (!isInt8(checkpoint, info)) {
    const dtype = expectFloatDtype(checkpoint.file, info.name, info.dtype);
    return (bytes) => floatsFromBytes(bytes, dtype);
  }
  const [rows = 1] = info.shape;
  const scales = new Float32Array(rows);
  const { name, shape: actual } = tensorNamed(checkpoint, scalesOf(info.name));
  if (elementCount(actual) !== rows) {
    throw new TensorShapeError(checkpoint.file, [{ tensor: name, expected: [rows, 1], actual }]);
  }
  for await (const piece of floatPieces(checkpoint, name, { signal })) {
    scales.set(piece.values, piece.start);
  }
  return (bytes, start) => dequantize(bytes, start, rowLength(info), scales);
}

/** A tensor's bytes as they are stored, in order, a piece at a time. */
export async function* bytePieces(
  checkpoint: Checkpoint,
  tensor: string,
  { pieceBytes = PIECE_BYTES, signal }: { pieceBytes?: number; signal?: AbortSignal } = {},
): AsyncGenerator<Uint8Array> {
  const info = tensorNamed(checkpoint, tensor);
  for (let offset = 0; offset < info.byteLength; offset += pieceBytes) {
    throwIfAborted(signal);
    yield await checkpoint.read(tensor, offset, Math.min(pieceBytes, info.byteLength - offset));
  }
}
