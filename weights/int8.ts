import type { Checkpoint, TensorInfo } from './tensor-info.ts';
import { elementCount } from './tensor-info.ts';

// Matrices of int8 with a scale for each row, symmetric about zero: value = q * scale, with |q| <= 127 and the row's
// largest magnitude 127 * scale. The names are those of compressed-tensors ("int-quantized", strategy "channel").

/** The largest magnitude of a quantized value: -128 is left out, so that the range is symmetric. */
const LEVELS = 127;

/** The tensor that holds the scales of another's rows: F32, `[rows]` or `[rows, 1]`. */
export function scalesOf(tensor: string): string {
  return `${tensor}_scale`;
}

/** Whether the tensor is int8 with scales for its rows. */
export function isInt8({ tensors }: Pick<Checkpoint, 'tensors'>, { name, dtype }: TensorInfo): boolean {
  return dtype === 'I8' && tensors.has(scalesOf(name));
}

/** The tensor whose scales have that name, whether there is such a one or not. */
export function scaledBy(name: string): string | undefined {
  return /^(.+)_scale$/.exec(name)?.[1];
}

/** Whether the name is that of an int8 tensor's scales. */
export function isScales({ tensors }: Pick<Checkpoint, 'tensors'>, name: string): boolean {
  const scaled = scaledBy(name);
  return scaled !== undefined && tensors.get(scaled)?.dtype === 'I8';
}

/** What a checkpoint is loaded in where no dtype is asked for: q8 if any tensor is int8. */
export function usualDtype(checkpoint: Pick<Checkpoint, 'tensors'>): 'f32' | 'q8' {
  return [...checkpoint.tensors.values()].some((tensor) => isInt8(checkpoint, tensor)) ? 'q8' : 'f32';
}

/** Values in a row of a tensor: its axes but the first. */
export function rowLength({ shape }: Pick<TensorInfo, 'shape'>): number {
  return elementCount(shape.slice(1));
}

/** The scales of whole rows; 0 of a row of zeros. */
export function rowScales(values: Float32Array, cols: number): Float32Array<ArrayBuffer> {
  return Float32Array.from({ length: values.length / cols }, (_, row) => {
    let largest = 0;
    for (let i = row * cols; i < (row + 1) * cols; i++)
      largest = Math.max(largest, Math.abs(values[i] as number));
    return largest / LEVELS;
  });
}

/** Whole rows as multiples of their scales, rounded to nearest. */
export function quantizeRows(values: Float32Array, scales: Float32Array): Int8Array<ArrayBuffer> {
  const cols = values.length / scales.length;
  return Int8Array.from(values, (value, i) => {
    const scale = scales[Math.floor(i / cols)] as number;
    return scale === 0 ? 0 : Math.round(value / scale);
  });
}

/** Values of int8 as f32; `start` is the first one's index within the tensor, `scales` those of all its rows. */
export function dequantize(
  bytes: Uint8Array,
  start: number,
  cols: number,
  scales: Float32Array,
): Float32Array<ArrayBuffer> {
  const values = new Float32Array(bytes.length);
  let row = Math.floor(start / cols);
  let left = (row + 1) * cols - start; // of the row
  for (let i = 0; i < bytes.length; i++) {
    if (left === 0) {
      row += 1;
      left = cols;
    }
    left -= 1;
    values[i] = (((bytes[i] as number) << 24) >> 24) * (scales[row] as number);
  }
  return values;
}
