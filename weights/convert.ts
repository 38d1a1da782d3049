import type { Dtype } from '../src/api.ts';
import { expectF16Range, type FloatDtype, f16FromFloats, isFloatDtype } from './floats.ts';
import { isInt8, isScales, quantizeRows, rowLength, rowScales, scaledBy, scalesOf } from './int8.ts';
import { safetensorsPieces, type TensorEntry } from './safetensors-writer.ts';
import type { ByteSink } from './sinks.ts';
import {
  type Checkpoint,
  DTYPE_BYTES,
  elementCount,
  type TensorDtype,
  type TensorInfo,
} from './tensor-info.ts';
import { bytePieces, floatPieces, PIECE_BYTES } from './tensor-pieces.ts';

export interface ConvertOptions {
  /**
   * The dtype of floats; undefined keeps each tensor's own. With `f16`, tensors of two and more axes become F16, those
   * of one or none (biases, norms, `logit_scale`) F32: these are where outliers and exactness matter most, and they
   * take 0.5 MB of BiomedCLIP's 392. With `q8`, those of `byRows` become I8 with a scale for each row, rounded to
   * nearest, and the others as with `f16`.
   */
  readonly dtype?: Dtype;
  /** Tensors that may become int8: matrices of outputs by inputs, and tables. */
  readonly byRows?: ReadonlySet<string>;
  /** Bytes written so far, and how many there will be in all. */
  readonly onProgress?: (done: number, total: number) => void;
  readonly signal?: AbortSignal;
}

/**
 * Rewrites a checkpoint as safetensors, piece by piece. F16 and BF16 become F32 exactly; F32 and BF16 become F16
 * rounded to nearest, ties to even. int8 with scales becomes floats where a float dtype is wanted; other integers stay as
 * they are. Every float is checked on the way.
 * @throws {NonFiniteWeightError} at a NaN or infinity
 * @throws {F16OverflowError} at a value that f16 cannot hold
 * @throws {AbortedError} if the signal fires
 */
export async function convertCheckpoint(
  checkpoint: Checkpoint,
  sink: ByteSink,
  options: ConvertOptions = {},
): Promise<void> {
  const entries = [...checkpoint.tensors.values()].flatMap((tensor) =>
    convertedEntries(checkpoint, tensor, options),
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

type SizedEntry = TensorEntry & { readonly byteLength: number };

function convertedEntries(
  checkpoint: Checkpoint,
  tensor: TensorInfo,
  { dtype: wanted, byRows, signal }: ConvertOptions,
): SizedEntry[] {
  const { name, dtype, shape } = tensor;
  const scaled = scaledBy(name);
  if (isScales(checkpoint, name)) return []; // they go with what they scale
  if (wanted === 'q8' && scaled !== undefined && byRows?.has(scaled)) return []; // no tensor of the model, by its name
  const asIs = (info: TensorInfo) => ({
    ...info,
    pieces: () => bytePieces(checkpoint, info.name, { signal }),
  });
  const scales = isInt8(checkpoint, tensor) ? checkpoint.tensors.get(scalesOf(name)) : undefined;
  if (scales && (wanted === undefined || wanted === 'q8')) return [asIs(tensor), asIs(scales)];
  if (!scales && !isFloatDtype(dtype)) return [asIs(tensor)];
  if (wanted === 'q8' && byRows?.has(name)) return quantizedEntries(checkpoint, tensor, signal);
  const target = targetDtype(dtype, shape, wanted);
  return [
    {
      name,
      dtype: target,
      shape,
      byteLength: elementCount(shape) * DTYPE_BYTES[target],
      pieces: () => convertedPieces(checkpoint, name, target, signal),
    },
  ];
}

/** A matrix as int8, and its scales. Both read the tensor, the scales first, since they come first in the file. */
function quantizedEntries(
  checkpoint: Checkpoint,
  tensor: TensorInfo,
  signal: AbortSignal | undefined,
): SizedEntry[] {
  const { name, shape } = tensor;
  const [rows = 1] = shape;
  const rowsAtOnce = async function* () {
    const bytes = rowLength(tensor) * DTYPE_BYTES[tensor.dtype];
    const pieceBytes = Math.max(1, Math.floor(PIECE_BYTES / bytes)) * bytes;
    for await (const { values } of floatPieces(checkpoint, name, { pieceBytes, signal })) {
      const scales = rowScales(values, rowLength(tensor));
      yield { scales, quantized: quantizeRows(values, scales) };
    }
  };
  const bytesOfEach = async function* (part: 'scales' | 'quantized') {
    for await (const { [part]: values } of rowsAtOnce()) yield new Uint8Array(values.buffer);
  };
  return [
    {
      name: scalesOf(name),
      dtype: 'F32',
      shape: [rows, 1],
      byteLength: 4 * rows,
      pieces: () => bytesOfEach('scales'),
    },
    { name, dtype: 'I8', shape, byteLength: elementCount(shape), pieces: () => bytesOfEach('quantized') },
  ];
}

function targetDtype(
  dtype: TensorDtype,
  shape: readonly number[],
  wanted: ConvertOptions['dtype'],
): FloatDtype {
  if (wanted === undefined && isFloatDtype(dtype)) return dtype;
  return wanted !== 'f32' && shape.length >= 2 ? 'F16' : 'F32';
}

async function* convertedPieces(
  checkpoint: Checkpoint,
  tensor: string,
  target: FloatDtype,
  signal: AbortSignal | undefined,
): AsyncGenerator<Uint8Array> {
  for await (const { start, values } of floatPieces(checkpoint, tensor, { signal })) {
    if (target === 'F16') expectF16Range(checkpoint.file, tensor, start, values);
    yield bytesOf(values, target);
  }
}

/** BF16 is kept but never made, so the upper halves hold every value exactly. */
function bytesOf(values: Float32Array, target: FloatDtype): Uint8Array {
  if (target === 'F16') return new Uint8Array(f16FromFloats(values).buffer);
  if (target === 'F32') return new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
  const bits = new Uint32Array(values.buffer, values.byteOffset, values.length);
  return new Uint8Array(Uint16Array.from(bits, (value) => value >>> 16).buffer);
}
