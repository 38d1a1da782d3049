import type { WeightReader } from '../../src/kernels/weight-source.ts';

export interface NamedValues {
  readonly shape: readonly number[];
  readonly values: Float32Array;
}

/** Tensors in memory as the uploader reads them. `asked` gets the piece size of each read. */
export function tensorReader(
  tensors: Readonly<Record<string, NamedValues>>,
  asked: number[] = [],
): WeightReader {
  const find = (name: string) => {
    const tensor = tensors[name];
    if (!tensor) throw new Error(`there is no tensor ${name}`);
    return tensor;
  };
  return {
    shapeOf: (name) => find(name).shape,
    async *pieces(name, pieceValues) {
      const { values } = find(name);
      asked.push(pieceValues);
      for (let at = 0; at < values.length; at += pieceValues) yield values.slice(at, at + pieceValues);
    },
  };
}
