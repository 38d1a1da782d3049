import type { ColumnMetaData, FileMetaData, SchemaTree } from 'hyparquet';
import { BiomedClipError } from '../errors.ts';
import { byteCount } from '../excerpt.ts';
import { maxFileBytes } from '../image/limits.ts';
import type { ByteSource } from '../platform/files.ts';
import { type ByteReader, blockReader } from './byte-reader.ts';
import { ArchiveError } from './errors.ts';
import {
  columnDecoder,
  leavesOf,
  readChunk,
  readMetadata,
  readPageHeader,
  readPageValues,
} from './parquet-codec.ts';

/** A column of values, a leaf of the schema's tree. */
export interface Leaf {
  /** From the root: `image.bytes`; of a list that of the list. */
  readonly name: string;
  /** Index among the columns of a row group. */
  readonly index: number;
  /** From the schema's root to the column. */
  readonly nodes: readonly SchemaTree[];
  /** In lists. */
  readonly repeated: boolean;
  /** Text, bytes that may be text, or numbers, dates and the like. */
  readonly kind: 'text' | 'bytes' | 'other';
}

/** A page of a column. */
interface Page {
  /** Of its header in the file. */
  readonly offset: number;
  /** With its header. */
  readonly length: number;
  /** Of its first row in the file, from 0. */
  readonly row: number;
  readonly rows: number;
}

interface Pages {
  readonly decoder: Decoder;
  readonly list: readonly Page[];
  /** Values that pages name by number. */
  readonly dictionary: unknown[] | undefined;
}

type Decoder = ReturnType<typeof columnDecoder>;

/** A group of rows. */
interface Group {
  readonly row: number;
  readonly rows: number;
  readonly columns: readonly (ColumnMetaData | undefined)[];
}

const MAGIC = 'PAR1';
const ENCRYPTED = 'PARE';
/** The magic at both ends, and the length of the metadata. */
const LEAST = 12;
const KEPT_PAGES = 2;
/** Of a page's header; most have less than a hundred bytes, but those with statistics may have more. */
const HEADER = 4096;

/** Columns of a Parquet file, and single values of it by the page. */
export class ParquetFile {
  readonly leaves: readonly Leaf[];
  readonly rows: number;
  readonly #groups: readonly Group[];
  readonly #reader: ByteReader;
  readonly #pages = new Map<number, Promise<Pages>>();
  readonly #decoded = new Map<number, Promise<readonly unknown[]>>();

  private constructor(
    private readonly source: ByteSource,
    private readonly metadata: FileMetaData,
  ) {
    this.#reader = blockReader(source);
    this.leaves = leavesOf(metadata);
    const groups: Group[] = [];
    let row = 0;
    for (const { num_rows, columns } of metadata.row_groups) {
      groups.push({ row, rows: Number(num_rows), columns: columns.map(({ meta_data }) => meta_data) });
      row += Number(num_rows);
    }
    this.#groups = groups;
    this.rows = row;
  }

  /** @throws {ArchiveError} for what is no Parquet file, or cut short */
  static async open(source: ByteSource): Promise<ParquetFile> {
    const { name, size } = source;
    await expectMagic(source);
    const metadata = await readMetadata(source).catch((cause: unknown) => {
      throw asDamaged(name, 'the metadata at its end cannot be read', cause);
    });
    const file = new ParquetFile(source, metadata);
    if (!(file.rows >= 0 && file.rows === Number(metadata.num_rows))) {
      throw damaged(name, `it says that it has ${metadata.num_rows} rows, and its row groups ${file.rows}`);
    }
    for (const { columns } of file.#groups) for (const column of columns) expectInFile(name, size, column);
    return file;
  }

  /** What was written under a key beside the schema, such as `huggingface`. */
  keyValue(key: string): string | undefined {
    return this.metadata.key_value_metadata?.find((pair) => pair.key === key)?.value;
  }

  /** How many of a column's values are absent, where the file says so. */
  nullsOf({ index }: Leaf): number | undefined {
    const counts = this.#groups.map(({ columns }) => columns[index]?.statistics?.null_count);
    return counts.every((count) => count !== undefined)
      ? Number(counts.reduce((a, b) => a + b, 0n))
      : undefined;
  }

  /**
   * All values of a column, one a row: bytes for text, and lists where it is in one.
   * @throws {ArchiveError} if it is damaged or beyond the limit
   */
  async column(leaf: Leaf): Promise<unknown[]> {
    const values: unknown[] = [];
    for (const group of this.#groups) {
      const metadata = this.#columnOf(group, leaf);
      const { start, length } = rangeOf(metadata);
      const sizes = [length, Number(metadata.total_uncompressed_size)];
      const most = Math.max(...sizes);
      if (most > maxFileBytes) throw this.#tooLarge(leaf, most);
      const bytes = await this.source.read(start, length);
      const decoder = columnDecoder(leaf, metadata);
      const read = this.#guarded(leaf, () => readChunk(bytes, decoder, group.rows));
      if (read.length !== group.rows) throw this.#wrongCount(leaf, read.length, group);
      for (const value of read) values.push(leaf.repeated ? value : unwrapped(value));
    }
    return values;
  }

  /** One value of a column that is in no list, by its page; the last two pages are kept. @throws {ArchiveError} */
  async value(leaf: Leaf, row: number): Promise<unknown> {
    const at = placeOf(this.#groups, row);
    const group = this.#groups[at];
    if (!group) throw new ArchiveError(this.source.name, String(row), 'there is no such row');
    const found = this.#pages.get(at) ?? this.#findPages(group, leaf);
    this.#pages.set(at, found);
    const pages = await found;
    const page = pages.list[placeOf(pages.list, row)];
    if (!page) throw damaged(this.source.name, `no page of column ${leaf.name} has row ${row}`);
    const values = await this.#page(leaf, pages, page);
    return unwrapped(values[row - page.row]);
  }

  close(): Promise<void> {
    return this.source.close();
  }

  /** Where the pages of a column lie, by their headers: files need not say it elsewhere. */
  async #findPages(group: Group, leaf: Leaf): Promise<Pages> {
    const metadata = this.#columnOf(group, leaf);
    const decoder = columnDecoder(leaf, metadata);
    const list: Page[] = [];
    const { start, length } = rangeOf(metadata);
    let dictionary: unknown[] | undefined;
    let [offset, row] = [start, group.row];
    while (offset < start + length && row < group.row + group.rows) {
      const header = await this.#headerAt(leaf, offset, start + length);
      const whole = header.length + header.packed;
      if (!(header.packed >= 0 && header.size >= 0))
        throw damaged(this.source.name, `a page of column ${leaf.name} has a negative size`);
      if (offset + whole > start + length)
        throw damaged(this.source.name, `a page of column ${leaf.name} goes beyond it`);
      if (header.size > maxFileBytes || header.packed > maxFileBytes) throw this.#tooLarge(leaf, header.size);
      if (header.isDictionary) {
        const bytes = await this.source.read(offset, whole);
        dictionary = this.#guarded(leaf, () => readPageValues(bytes, decoder, undefined));
      } else if (header.rows > 0) {
        list.push({ offset, length: whole, row, rows: header.rows });
        row += header.rows;
      }
      offset += whole;
    }
    if (row !== group.row + group.rows) throw this.#wrongCount(leaf, row - group.row, group);
    return { list, dictionary, decoder };
  }

  async #headerAt(leaf: Leaf, offset: number, end: number) {
    for (let length = HEADER; ; length *= 16) {
      const bytes = await this.#reader.read(offset, Math.min(length, end - offset));
      const header = readPageHeader(bytes);
      if (header) return header;
      if (offset + length >= end || length > maxFileBytes) {
        throw damaged(
          this.source.name,
          `the header of a page of column ${leaf.name} cannot be read, at byte ${offset}`,
        );
      }
    }
  }

  #page(leaf: Leaf, { dictionary, decoder }: Pages, page: Page): Promise<readonly unknown[]> {
    const found =
      this.#decoded.get(page.offset) ??
      this.source.read(page.offset, page.length).then((bytes) => {
        const values = this.#guarded(leaf, () => readPageValues(bytes, decoder, dictionary));
        if (values.length === page.rows) return values;
        throw damaged(
          this.source.name,
          `a page of column ${leaf.name} has ${values.length} values, not ${page.rows}`,
        );
      });
    this.#decoded.delete(page.offset);
    this.#decoded.set(page.offset, found);
    found.catch(() => this.#decoded.delete(page.offset));
    const [oldest = page.offset] = this.#decoded.keys();
    if (this.#decoded.size > KEPT_PAGES) this.#decoded.delete(oldest);
    return found;
  }

  #columnOf({ columns }: Group, { index, name }: Leaf): ColumnMetaData {
    const metadata = columns[index];
    if (metadata) return metadata;
    throw damaged(this.source.name, `a row group has no column ${name}, or one in another file`);
  }

  #tooLarge({ name }: Leaf, bytes: number): ArchiveError {
    const reason = `has a part of column ${name} of ${byteCount(bytes)}; at most ${byteCount(maxFileBytes)} are read: write it with smaller row groups`;
    return new ArchiveError(this.source.name, undefined, reason);
  }

  #wrongCount({ name }: Leaf, found: number, { row, rows }: Group): ArchiveError {
    return damaged(this.source.name, `column ${name} has ${found} values from row ${row} on, not ${rows}`);
  }

  /** What the decoder throws is of no use to a user. */
  #guarded<T>({ name }: Leaf, decode: () => T): T {
    try {
      return decode();
    } catch (cause) {
      throw asDamaged(this.source.name, `column ${name} cannot be decoded`, cause);
    }
  }
}

/** The index of the part that has a row, by halving; -1 for none. */
function placeOf(parts: readonly { readonly row: number; readonly rows: number }[], row: number): number {
  let [low, high] = [0, parts.length - 1];
  while (low <= high) {
    const middle = (low + high) >> 1;
    const part = parts[middle];
    if (!part || row < part.row) high = middle - 1;
    else if (row >= part.row + part.rows) low = middle + 1;
    else return middle;
  }
  return -1;
}

async function expectMagic({ name, size, read }: ByteSource): Promise<void> {
  const [start, end] = size < LEAST ? ['', ''] : [latin(await read(0, 4)), latin(await read(size - 4, 4))];
  if (start === MAGIC && end === MAGIC) return;
  const reason =
    start === ENCRYPTED
      ? 'is an encrypted Parquet file, which is not read'
      : start === MAGIC
        ? 'is cut short: it does not end as a Parquet file does; make or download it anew'
        : `is no Parquet file: it begins with ${JSON.stringify(start)}, not with PAR1`;
  throw new ArchiveError(name, undefined, reason);
}

function latin(bytes: Uint8Array): string {
  return String.fromCharCode(...bytes);
}

/** The first byte of a column's pages, and how many there are. Some writers say 0 where there is no dictionary. */
function rangeOf(metadata: ColumnMetaData): { readonly start: number; readonly length: number } {
  const { dictionary_page_offset, data_page_offset, total_compressed_size } = metadata;
  const first = Number(data_page_offset);
  const dictionary = Number(dictionary_page_offset ?? 0);
  return {
    start: dictionary > 0 ? Math.min(first, dictionary) : first,
    length: Number(total_compressed_size),
  };
}

function expectInFile(file: string, size: number, metadata: ColumnMetaData | undefined): void {
  if (!metadata) return;
  const { start, length } = rangeOf(metadata);
  if (start >= MAGIC.length && length >= 0 && start + length <= size - LEAST) return;
  const column = metadata.path_in_schema.join('.');
  throw damaged(
    file,
    `column ${column} should have ${byteCount(length)} from byte ${start}, and the file has ${byteCount(size)}`,
  );
}

function damaged(file: string, what: string, options?: ErrorOptions): ArchiveError {
  return new ArchiveError(file, undefined, `is damaged: ${what}; make or download it anew`, options);
}

function asDamaged(file: string, what: string, cause: unknown): BiomedClipError {
  return cause instanceof BiomedClipError ? cause : damaged(file, what, { cause });
}

/** A value that may be absent is in a list for each level of the schema that may be. */
function unwrapped(value: unknown): unknown {
  return Array.isArray(value) ? unwrapped(value[0]) : (value ?? undefined);
}
