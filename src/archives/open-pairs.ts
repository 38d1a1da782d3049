import { checkOptions, isObject, type Shape, text } from '../arguments.ts';
import { InvalidOptionError } from '../errors.ts';
import { maxFileBytes } from '../image/limits.ts';
import type { ImageSource } from '../image/source.ts';
import { blobSource } from '../platform/blob-source.ts';
import type { ByteSource } from '../platform/files.ts';
import { type FileOpener, memorySource } from '../platform/given-file.ts';
import type { ColumnNames } from '../tables/columns.ts';
import type { ArchiveOptions, ArchiveRow, PairArchive } from './archive.ts';
import { ArchiveError, NoPairsError } from './errors.ts';
import { lone } from './notes.ts';
import { expectOwnIds, openArchive } from './open-archive.ts';
import { shardNames } from './shards.ts';

/** Where a set of pairs lies: a path (Node), a URL of a server that answers Range requests, a Blob, or its bytes. */
export type PairSource = string | URL | Blob | Uint8Array;

/** How a set of pairs is read. */
export interface PairOptions {
  /**
   * Names of columns; in structs of Parquet `outer.inner`, in a tar the fields of its JSON. Default: by the names that people
   * use, such as `image`, `file_name`, `caption`, `text`, `id`, `label` and `group`.
   */
  readonly columns?: ColumnNames;
  /** Of text, such as `windows-1252`. Default: UTF-8, or UTF-16 if it is. */
  readonly encoding?: string;
}

/** An image and a caption of it. */
export interface Pair {
  /** Pairs of one id are one item: several captions of an image, or several images of a caption. */
  readonly id: string;
  /** What `embedBatch` takes: a reader of an image in an archive, or the path or URL of a file. */
  readonly image: ImageSource;
  /** The caption. */
  readonly text: string;
  /** Its class, if there is one. */
  readonly label?: string;
  /** What the image is of, such as a patient, if that is known. */
  readonly group?: string;
}

/** Images and captions that belong together. */
export interface PairSet {
  /** In the order of the files. */
  readonly pairs: readonly Pair[];
  /** What was left out, or may be wrong, as sentences. */
  readonly notes: readonly string[];
  /** Lets go of the files; images cannot be read afterwards. */
  close(): Promise<void>;
}

const COLUMNS: Shape<ColumnNames> = { image: text, caption: text, id: text, label: text, group: text };
const OPTIONS: Shape<PairOptions> = {
  columns: { words: 'an object', holds: isObject },
  encoding: text,
};

/**
 * Opens a set of pairs: Parquet, a tar as WebDataset has it (also compressed by gzip), or a table of captions (CSV, TSV, JSON,
 * JSON lines) that names its images. Several files, or `shard-{000..009}.tar`, are one set.
 * @throws {BiomedClipError} naming the file, the row or member, and what is wrong
 */
export async function openPairSet(
  files: FileOpener,
  source: PairSource | readonly PairSource[],
  options: PairOptions = {},
): Promise<PairSet> {
  checkOptions('openPairs', 'options', options, OPTIONS);
  if (options.columns) checkOptions('openPairs', 'columns', options.columns, COLUMNS);
  const sources = (
    Array.isArray(source) ? (source as readonly PairSource[]) : [source as PairSource]
  ).flatMap((one): PairSource[] => (typeof one === 'string' ? shardNames(one) : [one]));
  if (sources.length === 0) throw new InvalidOptionError('source', 'at least one file', source);
  const archives: PairArchive[] = [];
  try {
    for (const one of sources) archives.push(await openOne(files, one, options));
    return pairSet(archives);
  } catch (error) {
    await closeAll(archives);
    throw error;
  }
}

function pairSet(archives: readonly PairArchive[]): PairSet {
  expectOwnIds(archives);
  const pairs = archives.flatMap((archive) => archive.rows.flatMap((row) => pairOf(archive, row)));
  const notes = archives.flatMap((archive) => archive.notes);
  if (pairs.length > 0) return { pairs, notes, close: () => closeAll(archives) };
  throw new NoPairsError(
    archives.map(({ name }) => name),
    notes,
  );
}

async function closeAll(archives: readonly PairArchive[]): Promise<void> {
  for (const archive of archives) await archive.close();
}

function pairOf(
  archive: PairArchive,
  { id, text: caption, member, image, label, group }: ArchiveRow,
): Pair[] {
  const source = member === undefined ? image : readerOf(archive, member);
  if (source === undefined || caption === undefined) return [];
  const facts = { ...(label !== undefined && { label }), ...(group !== undefined && { group }) };
  return [{ id, image: placed(source, archive.name), text: caption, ...facts }];
}

function readerOf(archive: PairArchive, member: string) {
  return { name: `${archive.name}#${member}`, read: () => archive.read(member) };
}

/** A path is relative to the file that names it. */
function placed(image: ImageSource, file: string): ImageSource {
  if (typeof image !== 'string' || /^([a-z][a-z\d+.-]+:|\/|[a-z]:[/\\])/i.test(image)) return image;
  if (/^(https?|file):/i.test(file))
    return new URL(image.split('/').map(encodeURIComponent).join('/'), file).href;
  return file.replace(/[^/\\]*$/, '') + image;
}

async function openOne(files: FileOpener, source: PairSource, options: PairOptions): Promise<PairArchive> {
  const file = await opened(files, source);
  if (isTable(file.name)) return tableOf(file, options);
  const archive: ArchiveOptions = { columns: options.columns, encoding: options.encoding };
  return openArchive(file, archive);
}

function opened(files: FileOpener, source: PairSource): Promise<ByteSource> | ByteSource {
  if (source instanceof Blob) return blobSource('name' in source ? String(source.name) : 'Blob', source);
  if (source instanceof Uint8Array) return memorySource(`${source.length} bytes`, source);
  if ((typeof source === 'string' && source !== '') || source instanceof URL) return files.openFile(source);
  throw new InvalidOptionError('source', 'a path, a URL, a Blob, or the bytes of a file', source);
}

function isTable(name: string): boolean {
  const path = name.replace(/[?#].*$/s, '').toLowerCase();
  return /\.(?:csv|tsv|json|jsonl|ndjson|txt)$/.test(path);
}

/** A table as if it were an archive: its images lie elsewhere. */
async function tableOf(source: ByteSource, { columns, encoding }: PairOptions): Promise<PairArchive> {
  try {
    if (source.size > maxFileBytes)
      throw new ArchiveError(source.name, undefined, 'is too large for a table');
    const bytes = await source.read(0, source.size);
    const { readCaptionsFile } = await import('../tables/captions.ts');
    const { captions } = readCaptionsFile(bytes, source.name.replace(/[?#].*$/s, ''), { columns, encoding });
    const first = new Map<string, string>(); // an image of several captions is one item
    const rows = captions.map((row): ArchiveRow => {
      const { image } = row;
      if (image === undefined) return row;
      const id = first.get(image) ?? row.id;
      first.set(image, id);
      return { ...row, id };
    });
    return {
      ...{ name: source.name, rows, notes: lone(source.name, rows) },
      read: async (member) => {
        throw new ArchiveError(source.name, member, 'a table has no images in it');
      },
      close: async () => {},
    };
  } finally {
    await source.close();
  }
}
