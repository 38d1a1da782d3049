import type { Vectors } from '../vectors.ts';

/** How a value is stored: little-endian IEEE 754 of 16 or of 32 bits. */
export type RowDtype = 'f16' | 'f32';

/** Rows `[rows, dim]` that lie one after the other in a file and are read some at a time. */
export interface RowSource {
  /** For messages. */
  readonly name: string;
  readonly rows: number;
  readonly dim: number;
  readonly dtype: RowDtype;
  /** The bytes of `count` rows from `first` on. @throws {FileReadError} where the file has become shorter */
  read(first: number, count: number): Promise<Uint8Array>;
  /** @throws {FileModifiedError} if the file was written to since it was opened, as far as that can be told */
  expectUnchanged(): Promise<void>;
  close(): Promise<void>;
}

/** Rows that are in memory anyway, as if they were read. */
export function rowsInMemory(name: string, { data, rows, dim }: Vectors): RowSource {
  return {
    ...{ name, rows, dim, dtype: 'f32' },
    async read(first, count) {
      const { buffer, byteOffset, byteLength } = data.subarray(first * dim, (first + count) * dim);
      return new Uint8Array(buffer, byteOffset, byteLength);
    },
    async expectUnchanged() {},
    async close() {},
  };
}

export function bytesPerValue(dtype: RowDtype): 2 | 4 {
  return dtype === 'f16' ? 2 : 4;
}
