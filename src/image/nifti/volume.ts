import { UnreadableImageError } from '../errors.ts';
import { gunzipStart, isGzip } from './gunzip.ts';
import { HEADER_BYTES, type NiftiHeader, readNiftiHeader } from './header.ts';
import { type Orientation, orientationOf } from './orientation.ts';
import { finiteRange, type ValueRange, type Voxels, voxelsOf } from './voxels.ts';

/** The first volume of a NIfTI file, unpacked. */
export interface Volume {
  readonly header: NiftiHeader;
  readonly orientation: Orientation;
  readonly voxels: Voxels;
  /** Of the numbers as they are stored, computed when it is first asked for. */
  readonly range: () => ValueRange;
}

interface Kept {
  /** Of the bytes, which may hold another file when they come again. */
  readonly digest: string;
  readonly volume: Promise<Volume>;
}

const volumes = new WeakMap<Uint8Array, Kept>();
let recent: WeakRef<Uint8Array> | undefined; // of the bytes whose volume is kept

/**
 * Opens the volume of a file's bytes. The one that was opened last is kept as long as its bytes are, so that a file's slices,
 * read one after another or together, unpack it once.
 * @throws {ImageError}
 */
export async function openVolume(bytes: Uint8Array, source: string): Promise<Volume> {
  const digest = await digestOf(bytes);
  const kept = volumes.get(bytes);
  if (kept?.digest === digest) return kept.volume;
  const former = recent?.deref();
  if (former) volumes.delete(former);
  const volume = readVolume(bytes, source);
  recent = new WeakRef(bytes);
  volumes.set(bytes, { digest, volume });
  volume.catch(() => volumes.delete(bytes));
  return volume;
}

/** SHA-256, off this thread. */
async function digestOf(bytes: Uint8Array): Promise<string> {
  return new Uint8Array(await crypto.subtle.digest('SHA-256', bytes as Uint8Array<ArrayBuffer>)).join();
}

/** The header alone, of which little is unpacked. @throws {ImageError} */
export async function openHeader(
  bytes: Uint8Array,
  source: string,
): Promise<Pick<Volume, 'header' | 'orientation'>> {
  const start = await firstBytes(bytes, HEADER_BYTES, source);
  const header = readNiftiHeader(start, source);
  return { header, orientation: orientationOf(header.affine, source) };
}

async function readVolume(bytes: Uint8Array, source: string): Promise<Volume> {
  const { header, orientation } = await openHeader(bytes, source);
  const { offset, byteLength, type, littleEndian } = header;
  const unpacked = await firstBytes(bytes, offset + byteLength, source);
  if (unpacked.length < offset + byteLength) {
    throw new UnreadableImageError(
      source,
      `it ends within its voxels: ${offset + byteLength} bytes are expected, ${unpacked.length} are there`,
    );
  }
  const voxels = voxelsOf(unpacked.subarray(offset), type, littleEndian);
  let range: ValueRange | undefined;
  const rangeOnce = () => {
    range ??= finiteRange(voxels);
    return range;
  };
  return { header, orientation, voxels, range: rangeOnce };
}

async function firstBytes(bytes: Uint8Array, length: number, source: string): Promise<Uint8Array> {
  if (isGzip(bytes)) return gunzipStart(bytes, length, source);
  return bytes.subarray(0, length);
}
