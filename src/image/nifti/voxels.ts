/** The numbers of a volume as they are stored, in the machine's byte order. */
export type Voxels =
  | Uint8Array
  | Int8Array
  | Uint16Array
  | Int16Array
  | Uint32Array
  | Int32Array
  | BigInt64Array
  | BigUint64Array
  | Float32Array
  | Float64Array;

/** How a voxel is stored. */
export interface VoxelType {
  /** Of a voxel. */
  readonly bytes: number;
  /** Numbers of a voxel: 1, or 3 and 4 of a colour. */
  readonly channels: number;
  readonly array: new (buffer: ArrayBufferLike, offset: number, length: number) => Voxels;
}

const number = (array: VoxelType['array'] & { readonly BYTES_PER_ELEMENT: number }): VoxelType => {
  return { bytes: array.BYTES_PER_ELEMENT, channels: 1, array };
};
const colour = (channels: number): VoxelType => ({ bytes: channels, channels, array: Uint8Array });

/** By NIfTI's `datatype`. Complex numbers, 1-bit and 128-bit voxels are not read. */
export const VOXEL_TYPES: Readonly<Record<number, VoxelType | undefined>> = {
  2: number(Uint8Array),
  4: number(Int16Array),
  8: number(Int32Array),
  16: number(Float32Array),
  64: number(Float64Array),
  128: colour(3),
  256: number(Int8Array),
  512: number(Uint16Array),
  768: number(Uint32Array),
  1024: number(BigInt64Array),
  1280: number(BigUint64Array),
  2304: colour(4),
};

/** The bytes as numbers; they are copied where the machine could not read them in their place. */
export function voxelsOf(bytes: Uint8Array, type: VoxelType, littleEndian: boolean): Voxels {
  const { array, channels } = type;
  const width = type.bytes / channels;
  const inPlace = bytes.byteOffset % width === 0 && (littleEndian || width === 1);
  const own = inPlace ? bytes : new Uint8Array(bytes); // `slice` of a Buffer would be no copy
  if (!littleEndian && width > 1) swapBytes(own, width);
  return new array(own.buffer, own.byteOffset, own.length / width);
}

/** Turns numbers of `width` bytes around, in place. */
function swapBytes(bytes: Uint8Array, width: number): void {
  for (let i = 0; i < bytes.length; i += width) bytes.subarray(i, i + width).reverse();
}

export interface ValueRange {
  readonly least: number;
  readonly greatest: number;
}

/** The least and the greatest of the numbers that are finite; 0 and 0 where there are none. */
export function finiteRange(values: Voxels): ValueRange {
  let [least, greatest] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (let i = 0; i < values.length; i++) {
    const value = Number(values[i]);
    if (!Number.isFinite(value)) continue;
    if (value < least) least = value;
    if (value > greatest) greatest = value;
  }
  return least <= greatest ? { least, greatest } : { least: 0, greatest: 0 };
}
