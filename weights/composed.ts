import { TensorDtypeError, TensorShapeError } from './errors.ts';
import { type Checkpoint, DTYPE_BYTES, type TensorInfo } from './tensor-info.ts';
import { tensorForRange } from './tensor-range.ts';

/** How one tensor is made of a checkpoint's own. */
export interface Composition {
  readonly name: string;
  /** Of one shape, stacked along their first axis. */
  readonly parts: readonly [string, ...string[]];
  /** Whether rows become columns, of a matrix that is stored the other way. */
  readonly transposed?: boolean;
  /** Axes of 1 that are put before the others. */
  readonly leadingAxes?: number;
  /** One value, of which the axis is dropped. */
  readonly scalar?: true;
  /** Of one part, three layers stacked as in torch's MultiheadAttention: from which to before which. */
  readonly thirds?: readonly [number, number];
}

type Parts = readonly [TensorInfo, ...TensorInfo[]];

interface Composed extends TensorInfo {
  readonly parts: Parts;
  readonly transposed: boolean;
  /** Byte of the parts at which it begins. */
  readonly start: number;
}

/**
 * A view of a checkpoint in which tensors are composed of its own, a range at a time. Those that no composition names
 * keep their names. It has all parts: `inOpenClipNames` looks for them.
 * @throws {TensorShapeError | TensorDtypeError} for parts that cannot be stacked
 */
export function composedCheckpoint(source: Checkpoint, compositions: readonly Composition[]): Checkpoint {
  const used = new Set(compositions.flatMap(({ parts }) => parts));
  const kept = [...source.tensors.values()]
    .filter(({ name }) => !used.has(name))
    .map((tensor): Composed => ({ ...tensor, parts: [tensor], transposed: false, start: 0 }));
  const composed = compositions.map((composition) => compose(source, composition));
  const tensors = new Map([...composed, ...kept].map((tensor) => [tensor.name, tensor]));
  const turned = new Map<string, Promise<Uint8Array>>();
  return {
    ...source,
    tensors,
    async read(name, offset, length) {
      const tensor = tensorForRange(source.file, tensors, name, offset, length);
      if (!tensor.transposed) return readParts(source, tensor, tensor.start + offset, length);
      const whole = turned.get(name) ?? transposedBytes(source, tensor);
      turned.set(name, whole); // a projection, of a few MB
      return (await whole).slice(offset, offset + length);
    },
  };
}

function compose(source: Checkpoint, composition: Composition): Composed {
  const { name, parts, transposed = false, thirds = [0, 3] } = composition;
  const infos = parts.map((part) => source.tensors.get(part)) as unknown as Parts;
  expectAlike(source.file, infos, composition);
  const shape = stackedShape(infos, composition);
  const isMatrix = shape.length === 2; // of another shape checkTensors complains
  const bytes = infos.reduce((sum, { byteLength }) => sum + byteLength, 0);
  const [from, to] = thirds;
  return {
    name,
    dtype: infos[0].dtype,
    shape: transposed && isMatrix ? [...shape].reverse() : shape,
    byteLength: (bytes * (to - from)) / 3,
    start: (bytes * from) / 3,
    parts: infos,
    transposed: transposed && isMatrix,
  };
}

function expectAlike(file: string, infos: Parts, { thirds }: Composition): void {
  const [first] = infos;
  for (const { name: tensor, dtype, shape } of infos) {
    const [rows = 1, ...rest] = shape;
    const expected = thirds ? [3 * Math.ceil(rows / 3), ...rest] : first.shape;
    if (shape.join() !== expected.join()) {
      throw new TensorShapeError(file, [{ tensor, expected, actual: shape }]);
    }
    if (dtype !== first.dtype) {
      throw new TensorDtypeError(file, [{ tensor, expected: [first.dtype], actual: dtype }]);
    }
  }
}

function stackedShape(infos: Parts, { leadingAxes = 0, scalar, thirds }: Composition): readonly number[] {
  const [{ shape }] = infos;
  if (scalar && shape.join() === '1') return [];
  const rows = infos.reduce((sum, { shape }) => sum + (shape[0] ?? 1), 0);
  const [from, to] = thirds ?? [0, 3];
  const stacked = infos.length > 1 || thirds ? [(rows * (to - from)) / 3, ...shape.slice(1)] : shape;
  return [...new Array<number>(leadingAxes).fill(1), ...stacked];
}

/** A range of the parts' bytes, one part after the other. */
async function readParts(
  source: Checkpoint,
  { parts }: Composed,
  offset: number,
  length: number,
): Promise<Uint8Array> {
  const [only] = parts;
  if (parts.length === 1) return source.read(only.name, offset, length);
  const bytes = new Uint8Array(length);
  let start = 0; // of the part, in the whole
  for (const { name, byteLength } of parts) {
    const from = Math.max(offset, start);
    const to = Math.min(offset + length, start + byteLength);
    if (from < to) bytes.set(await source.read(name, from - start, to - from), from - offset);
    start += byteLength;
  }
  return bytes;
}

async function transposedBytes(source: Checkpoint, tensor: Composed): Promise<Uint8Array> {
  const [rows = 0, columns = 0] = tensor.shape; // of the result
  const bytes = await readParts(source, tensor, tensor.start, tensor.byteLength);
  const width = DTYPE_BYTES[tensor.dtype];
  const result = new Uint8Array(bytes.length);
  for (let r = 0; r < rows; r++) {
    for (let c = 0; c < columns; c++) {
      const from = (c * rows + r) * width;
      result.set(bytes.subarray(from, from + width), (r * columns + c) * width);
    }
  }
  return result;
}
