import { TensorDtypeError, TensorShapeError } from './errors.ts';
import { type Checkpoint, DTYPE_BYTES, type TensorInfo } from './tensor-info.ts';
import { tensorForRange } from './tensor-range.ts';

/** How one tensor is made of a checkpoint's own. */
export interface Composition {
  readonly name: string;
  /** Of one shape, stacked along their first axis. */
  readonly parts: readonly string[];
  /** Whether rows become columns, of a matrix that is stored the other way. */
  readonly transposed?: boolean;
  /** Axes of 1 that are put before the others. */
  readonly leadingAxes?: number;
}

interface Composed extends TensorInfo {
  readonly parts: readonly TensorInfo[];
  readonly transposed: boolean;
}

/**
 * A view of a checkpoint in which tensors are composed of its own, a range at a time. Those that no composition names
 * keep their names.
 * @throws {TensorShapeError | TensorDtypeError} for parts that cannot be stacked
 */
export function composedCheckpoint(source: Checkpoint, compositions: readonly Composition[]): Checkpoint {
  const used = new Set(compositions.flatMap(({ parts }) => parts));
  const kept = [...source.tensors.values()]
    .filter(({ name }) => !used.has(name))
    .map((tensor): Composed => ({ ...tensor, parts: [tensor], transposed: false }));
  const composed = compositions.map((composition) => compose(source, composition));
  const tensors = new Map([...composed, ...kept].map((tensor) => [tensor.name, tensor]));
  const turned = new Map<string, Promise<Uint8Array>>();
  return {
    ...source,
    tensors,
    async read(name, offset, length) {
      const tensor = tensorForRange(source.file, tensors, name, offset, length);
      if (!tensor.transposed) return readParts(source, tensor, offset, length);
      const whole = turned.get(name) ?? transposedBytes(source, tensor);
      turned.set(name, whole); // a projection, of a few MB
      return (await whole).slice(offset, offset + length);
    },
  };
}

function compose(
  source: Checkpoint,
  { name, parts, transposed = false, leadingAxes = 0 }: Composition,
): Composed {
  const infos = parts.flatMap((part) => source.tensors.get(part) ?? []);
  const [first = { dtype: 'F32', shape: [] } as const] = infos;
  for (const { name: part, dtype, shape } of infos) {
    if (shape.join() !== first.shape.join()) {
      throw new TensorShapeError(source.file, [{ tensor: part, expected: first.shape, actual: shape }]);
    }
    if (dtype !== first.dtype) {
      throw new TensorDtypeError(source.file, [{ tensor: part, expected: [first.dtype], actual: dtype }]);
    }
  }
  const rows = infos.reduce((sum, { shape }) => sum + (shape[0] ?? 1), 0);
  const stacked = infos.length > 1 ? [rows, ...first.shape.slice(1)] : first.shape;
  const isMatrix = stacked.length === 2; // of another shape checkTensors complains
  return {
    name,
    dtype: first.dtype,
    shape:
      transposed && isMatrix
        ? [...stacked].reverse()
        : [...new Array<number>(leadingAxes).fill(1), ...stacked],
    byteLength: infos.reduce((sum, { byteLength }) => sum + byteLength, 0),
    parts: infos,
    transposed: transposed && isMatrix,
  };
}

/** A range of the parts' bytes, one part after the other. */
async function readParts(
  source: Checkpoint,
  { parts }: Composed,
  offset: number,
  length: number,
): Promise<Uint8Array> {
  const [only] = parts;
  if (only && parts.length === 1) return source.read(only.name, offset, length);
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
  const bytes = await readParts(source, tensor, 0, tensor.byteLength);
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
