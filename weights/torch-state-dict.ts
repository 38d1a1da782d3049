import { excerpt } from '../src/excerpt.ts';
import type { OnWarning } from '../src/platform/warnings.ts';
import {
  NonContiguousTensorError,
  OtherStateDictError,
  PickleGlobalError,
  StateDictError,
  StorageRangeError,
} from './errors.ts';
import {
  PickleDict,
  PickleGlobal,
  type PickleHost,
  PickleObject,
  PickleTuple,
  PickleUnknown,
  type PickleValue,
  unpickle,
} from './pickle.ts';
import { DTYPE_BYTES, elementCount, type TensorDtype, type TensorInfo } from './tensor-info.ts';

const STORAGE_DTYPES: ReadonlyMap<string, TensorDtype> = new Map([
  ['torch.DoubleStorage', 'F64'],
  ['torch.FloatStorage', 'F32'],
  ['torch.HalfStorage', 'F16'],
  ['torch.BFloat16Storage', 'BF16'],
  ['torch.LongStorage', 'I64'],
  ['torch.IntStorage', 'I32'],
  ['torch.ShortStorage', 'I16'],
  ['torch.CharStorage', 'I8'],
  ['torch.ByteStorage', 'U8'],
  ['torch.BoolStorage', 'BOOL'],
]);
const ORDERED_DICT = 'collections.OrderedDict';
const REBUILD_TENSOR = 'torch._utils._rebuild_tensor_v2';
const REBUILD_PARAMETER = 'torch._utils._rebuild_parameter';

/** One `data/<key>` file of a torch archive. */
class Storage {
  constructor(
    readonly key: string,
    readonly dtype: TensorDtype,
    readonly elements: number,
  ) {}
}

/** A view of a storage; offset and stride in elements. */
class StoredTensor {
  constructor(
    readonly storage: Storage,
    readonly offset: number,
    readonly shape: readonly number[],
    readonly stride: readonly number[],
  ) {}
}

/** A tensor and where its bytes lie in its storage. */
export interface StorageTensor extends TensorInfo {
  readonly storageKey: string;
  readonly storageOffset: number;
}

/** What training scripts call the weights, beside the optimizer and other things. */
const WRAPPERS = ['state_dict', 'model_state_dict', 'model'];
/** What makes tensors that are not read: quantised or sparse ones, complex numbers. */
const OTHER_TENSOR = /^torch\._|Storage$/;

/**
 * Reads the `data.pkl` of a torch archive: a dict from name to tensor, or one under `state_dict`, `model_state_dict` or
 * `model`. What else a file holds is skipped.
 * @param onWarning called where there are others beside them, such as an average of the weights
 * @param storageBytes the size of `data/<key>`, or undefined where there is none
 * @throws {PickleOpcodeError | PickleFormatError} if it cannot be read
 * @throws {PickleGlobalError} where the weights themselves are objects of an unknown class
 * @throws {StateDictError | StorageRangeError | NonContiguousTensorError}
 */
export function readStateDict(
  file: string,
  pickle: Uint8Array,
  storageBytes: (key: string) => number | undefined,
  onWarning: OnWarning,
): StorageTensor[] {
  const root = unpickle(file, pickle, torchHost);
  const [where, dict] = weightsIn(file, root);
  const others = othersIn(root, dict);
  if (others.length > 0) onWarning(new OtherStateDictError(file, where, others));
  const tensors: StorageTensor[] = [];
  for (const [name, value] of dict.entries) {
    const tensor = tensorOf(value);
    if (value instanceof PickleUnknown && OTHER_TENSOR.test(value.global)) {
      throw new PickleGlobalError(file, `${where}: ${String(name)}`, value.global);
    }
    if (!tensor) continue;
    if (typeof name !== 'string') throw new StateDictError(file, 'a name', 'a string', kindOf(name));
    tensors.push(place(file, name, tensor, storageBytes(tensor.storage.key)));
  }
  return tensors;
}

/** The dict of the weights, and where it is: the root last, which may hold a random generator's state. */
function weightsIn(file: string, root: PickleValue): [string, PickleDict] {
  const inner = WRAPPERS.map((key): [string, PickleValue | undefined] => [key, entryOf(root, key)]);
  const nested = inner.flatMap(([key, value]) =>
    WRAPPERS.map((next): [string, PickleValue | undefined] => [`${key}.${next}`, entryOf(value, next)]),
  );
  const candidates = [...inner, ...nested, ['the pickle', root] as const];
  for (const [where, value] of candidates) {
    if (value instanceof PickleDict && [...value.entries.values()].some(tensorOf)) return [where, value];
  }
  for (const [where, value] of candidates) {
    if (value instanceof PickleUnknown) throw new PickleGlobalError(file, where, value.global);
  }
  if (!(root instanceof PickleDict)) throw new StateDictError(file, 'the pickle', 'a dict', kindOf(root));
  const keys = [...root.entries.keys()]
    .map((key) => (typeof key === 'object' ? kindOf(key) : String(key)))
    .join(', ');
  throw new StateDictError(
    file,
    'the pickle',
    `a dict of tensors, or have one under ${WRAPPERS.join(', ')}`,
    keys === '' ? 'nothing' : `only ${keys}`,
  );
}

/** Dicts beside the weights that may be weights as well: those of half as many tensors or more. */
function othersIn(root: PickleValue, weights: PickleDict): string[] {
  const counts = new Map<PickleDict, number>(); // one dict may stand under any number of keys
  const tensorsOf = (dict: PickleDict) => {
    const count = counts.get(dict) ?? [...dict.entries.values()].filter(tensorOf).length;
    counts.set(dict, count);
    return count;
  };
  const holders = [root, ...WRAPPERS.map((key) => entryOf(root, key))];
  return holders.flatMap((holder) =>
    holder instanceof PickleDict && holder !== weights
      ? [...holder.entries].flatMap(([key, value]) => {
          const isOther = value instanceof PickleDict && value !== weights;
          return isOther && 2 * tensorsOf(value) >= tensorsOf(weights) ? [String(key)] : [];
        })
      : [],
  );
}

function entryOf(value: PickleValue | undefined, key: string): PickleValue | undefined {
  return value instanceof PickleDict ? value.entries.get(key) : undefined;
}

function tensorOf(value: PickleValue): StoredTensor | undefined {
  return value instanceof PickleObject && value.value instanceof StoredTensor ? value.value : undefined;
}

function place(file: string, name: string, tensor: StoredTensor, bytes: number | undefined): StorageTensor {
  const { storage, offset, shape, stride } = tensor;
  if (bytes === undefined) {
    throw new StateDictError(
      file,
      `the storage of ${name}`,
      `in the archive as data/${storage.key}`,
      'nothing',
    );
  }
  if (!isContiguous(shape, stride)) throw new NonContiguousTensorError(file, name, shape, stride);
  const width = DTYPE_BYTES[storage.dtype];
  const end = (offset + elementCount(shape)) * width;
  const available = Math.min(bytes, storage.elements * width);
  if (end > available) throw new StorageRangeError(file, name, end, available);
  return {
    name,
    dtype: storage.dtype,
    shape,
    byteLength: elementCount(shape) * width,
    storageKey: storage.key,
    storageOffset: offset * width,
  };
}

/** As torch's `is_contiguous`: the stride of an axis of size 1 does not matter, nor any of an empty tensor. */
function isContiguous(shape: readonly number[], stride: readonly number[]): boolean {
  if (shape.includes(0)) return true;
  let expected = 1;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    const size = shape[axis] as number;
    if (size !== 1 && stride[axis] !== expected) return false;
    expected *= size;
  }
  return true;
}

const torchHost: PickleHost = {
  knows: (global) => [ORDERED_DICT, REBUILD_TENSOR, REBUILD_PARAMETER].includes(global),

  /** @param global one that is known */
  call(global, args) {
    if (args[0] instanceof PickleUnknown) return args[0]; // a tensor of a storage that is not read
    if (global === ORDERED_DICT) return args.length === 0 ? new PickleDict() : undefined;
    if (global === REBUILD_TENSOR) return rebuildTensor(args);
    return rebuildParameter(args);
  },

  /** `('storage', torch.FloatStorage, key, location, elements)`; the location (a device) means nothing here. */
  persistent(id) {
    if (!(id instanceof PickleTuple)) return undefined;
    const [kind, type, key, , elements] = id.items;
    const dtype = type instanceof PickleGlobal ? STORAGE_DTYPES.get(type.name) : undefined;
    if (kind !== 'storage' || typeof key !== 'string' || !isSize(elements)) return undefined;
    if (dtype === undefined) return type instanceof PickleGlobal ? new PickleUnknown(type.name) : undefined;
    return new PickleObject(new Storage(key, dtype, elements));
  },
};

/** `(storage, offset, size, stride, requires_grad, backward_hooks[, metadata])`. */
function rebuildTensor(args: readonly PickleValue[]): PickleValue | undefined {
  const [object, offset, size, stride] = args;
  const storage = object instanceof PickleObject ? object.value : undefined;
  const shape = sizesOf(size);
  const strides = sizesOf(stride);
  if (!(storage instanceof Storage) || !isSize(offset) || !shape || !strides) return undefined;
  if (shape.length !== strides.length) return undefined;
  return new PickleObject(new StoredTensor(storage, offset, shape, strides));
}

/** `(tensor, requires_grad, backward_hooks)`. */
function rebuildParameter(args: readonly PickleValue[]): PickleValue | undefined {
  const [tensor] = args;
  return tensor instanceof PickleObject && tensor.value instanceof StoredTensor ? tensor : undefined;
}

function sizesOf(value: PickleValue | undefined): number[] | undefined {
  if (!(value instanceof PickleTuple)) return undefined;
  const sizes = value.items.filter(isSize);
  return sizes.length === value.items.length ? sizes : undefined;
}

function isSize(value: PickleValue | undefined): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}

function kindOf(value: PickleValue): string {
  if (value === null) return 'None';
  if (value instanceof PickleObject) return 'a tensor or storage';
  if (value instanceof PickleUnknown) return `an object of ${value.global}`;
  if (value instanceof PickleDict) return 'a dict';
  if (typeof value === 'object') return value instanceof PickleTuple ? 'a tuple' : 'a list or class';
  return excerpt(value);
}
