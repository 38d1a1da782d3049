import { GeoTIFF, type ImageFileDirectory } from 'geotiff';
import { BiomedClipError } from '../errors.ts';
import type { ByteSource } from '../platform/files.ts';
import { UnreadableSlideError } from './errors.ts';

/** Directories beyond it are not looked at; slides have some ten. */
const MAX_DIRECTORIES = 1000;

/** The image directories of a TIFF or BigTIFF, with all their values: the main ones, and the first one's own (SubIFDs). */
export interface TiffDirectories {
  readonly main: readonly ImageFileDirectory[];
  readonly below: readonly ImageFileDirectory[];
}

/**
 * Reads the directories of a TIFF or BigTIFF in either byte order.
 * @throws {UnreadableSlideError} @throws {BiomedClipError} of the source
 */
export async function readDirectories(file: ByteSource): Promise<TiffDirectories> {
  try {
    const tiff = await GeoTIFF.fromSource(sourceOf(file));
    tiff.parser.eager = true; // what it fetches later, it reads as little-endian in every file
    const main: ImageFileDirectory[] = [];
    const seen = new Set<number>();
    for (let at = tiff.firstIFDOffset; at !== 0 && !seen.has(at) && seen.size < MAX_DIRECTORIES; ) {
      seen.add(at);
      const directory = await tiff.parser.parseFileDirectoryAt(at);
      main.push(directory);
      at = directory.nextIFDByteOffset;
    }
    const below: ImageFileDirectory[] = [];
    for (const at of numbersOf(main[0]?.actualizedFields.get(SUB_IFDS))) {
      below.push(await tiff.parser.parseFileDirectoryAt(at));
    }
    return { main, below };
  } catch (cause) {
    if (cause instanceof BiomedClipError) throw cause;
    throw new UnreadableSlideError(file.name, 'its TIFF directories are damaged or end early', { cause });
  }
}

const SUB_IFDS = 330;

/** A tag's values as numbers; none where it is missing. */
export function numbersOf(value: unknown): readonly number[] {
  if (value === undefined) return [];
  return typeof value === 'object' && value !== null
    ? Array.from(value as ArrayLike<number>, Number)
    : [Number(value)];
}

/** The most that geotiff asks for before it knows how much it needs. Unit: bytes. */
const AHEAD = 4048;
/** Directories may share values, such as a colour profile: so much together, or as much as the file has. Unit: bytes. */
const SHARED = 1 << 26;

/**
 * What geotiff reads from. It asks beyond the end of short files, for which it gets what there is. Before a tag's values are
 * read they must be in the file: geotiff takes memory for as many as the tag says.
 */
function sourceOf({ name, size, read }: ByteSource): Parameters<typeof GeoTIFF.fromSource>[0] {
  let asked = 0;
  const fetchSlice = async (slice: { offset: number; length: number }) => {
    const { offset } = slice;
    if (slice.length > AHEAD) {
      asked += slice.length;
      if (offset + slice.length > size)
        throw new UnreadableSlideError(
          name,
          `values of a tag end at ${offset + slice.length} of ${size} bytes`,
        );
      if (asked > Math.max(size, SHARED))
        throw new UnreadableSlideError(name, `its tags have more values than its ${size} bytes hold`);
    }
    const length = Math.max(0, Math.min(slice.length, size - offset));
    const bytes = length === 0 ? new Uint8Array() : await read(offset, length);
    return { ...slice, data: new Uint8Array(bytes).buffer };
  };
  return {
    fileSize: size,
    fetchSlice,
    fetch: (slices) => Promise.all(slices.map(async (slice) => (await fetchSlice(slice)).data)),
    close: async () => {},
  };
}
