import type { WeightReader } from '../src/kernels/weight-source.ts';
import { expectF16Range } from './floats.ts';
import { type Checkpoint, DTYPE_BYTES } from './tensor-info.ts';
import { floatPieces } from './tensor-pieces.ts';
import { tensorNamed } from './tensor-range.ts';

export interface ReaderOptions {
  readonly signal?: AbortSignal;
  /** Bytes of tensors read so far. */
  readonly onRead?: (bytes: number) => void;
}

/** A checkpoint as the uploader reads it. Its tensors have been checked by `checkTensors`. */
export function weightReader(checkpoint: Checkpoint, { signal, onRead }: ReaderOptions = {}): WeightReader {
  let done = 0;
  return {
    shapeOf: (tensor) => tensorNamed(checkpoint, tensor).shape,
    async *pieces(tensor, pieceValues, storage) {
      const bytes = DTYPE_BYTES[tensorNamed(checkpoint, tensor).dtype];
      for await (const { start, values } of floatPieces(checkpoint, tensor, {
        pieceBytes: pieceValues * bytes,
        signal,
      })) {
        if (storage === 'f16' || storage === 'packed16')
          expectF16Range(checkpoint.file, tensor, start, values);
        yield values;
        done += values.length * bytes;
        onRead?.(done);
      }
    },
  };
}
