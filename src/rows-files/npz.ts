import { TruncatedFileError, ZipEntryEncodingError, ZipFormatError } from '../../weights/errors.ts';
import { readZipDirectory, type ZipDirectory, type ZipEntry } from '../../weights/zip-directory.ts';
import { npyAxes, readNpyArray } from '../npy/npy.ts';
import { npyVectors } from '../npy/vectors.ts';
import type { ByteSource } from '../platform/files.ts';
import { RowsFormatError } from './errors.ts';
import { idsOf, MANIFEST_MEMBER, parsedManifest } from './manifest.ts';
import { type AskedRows, chosen, type FileRows, isKind } from './rows-file.ts';
import { openMember, peekMember } from './zip-member.ts';

const ENDING = '.npy';
/** More than the header of any matrix. */
const HEAD_BYTES = 4096;

/**
 * The matrix in a .npz of NumPy, stored or deflated: the only one, or the one that is asked for.
 * @throws {RowsFormatError} @throws {RowsNameError} @throws {BiomedClipError} what reading a .npy throws
 */
export async function readNpz(source: ByteSource, asked: AskedRows): Promise<FileRows> {
  const zip = await readDirectory(source);
  const arrays = new Map(
    [...zip.entries.values()].flatMap((entry) =>
      entry.name.endsWith(ENDING) ? [[entry.name.slice(0, -ENDING.length), entry] as const] : [],
    ),
  );
  const isNamed = asked.name !== undefined && arrays.has(asked.name);
  const known = isNamed ? [] : await matrices(source, zip, arrays);
  const name = chosen(source.name, asked, known, [...arrays.keys()]);
  const entry = arrays.get(name);
  if (!entry) throw new RowsFormatError(source.name, `there is no ${name}`);
  const member = await openMember(source, zip, entry, `${source.name}#${name}`);
  const rows = npyVectors(member.name, await readNpyArray(member));
  const manifest = await manifestIn(source, zip);
  const ids = idsOf(manifest, name, rows.rows);
  return { rows: ids ? { ...rows, ids } : rows, ...(isKind(name) && { kind: name }), manifest };
}

async function readDirectory(source: ByteSource): Promise<ZipDirectory> {
  try {
    return await readZipDirectory(source, { deflate: true });
  } catch (error) {
    const faults = [ZipFormatError, ZipEntryEncodingError, TruncatedFileError];
    if (!faults.some((type) => error instanceof type)) throw error;
    const reason =
      error instanceof ZipEntryEncodingError
        ? `${error.entry} is ${error.encoding}; write the file with numpy.savez or numpy.savez_compressed`
        : `it is a damaged .npz${error instanceof ZipFormatError ? ` (${error.reason})` : ', cut short'}; write it again`;
    throw new RowsFormatError(source.name, reason, { cause: error });
  }
}

/** Those of two axes. */
async function matrices(
  source: ByteSource,
  zip: ZipDirectory,
  arrays: ReadonlyMap<string, ZipEntry>,
): Promise<string[]> {
  const found: string[] = [];
  for (const [name, entry] of arrays) {
    const head = await peekMember(source, zip, entry, HEAD_BYTES);
    const axes = await npyAxes({ ...head, name: `${source.name}#${name}` });
    if (axes === 2) found.push(name);
  }
  return found;
}

async function manifestIn(source: ByteSource, zip: ZipDirectory): Promise<unknown> {
  const entry = zip.entries.get(MANIFEST_MEMBER);
  if (!entry) return undefined;
  const member = await openMember(source, zip, entry, `${source.name}#${MANIFEST_MEMBER}`);
  return parsedManifest(source.name, new TextDecoder().decode(await member.read(0, member.size)));
}
