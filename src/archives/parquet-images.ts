import { checkFileSize } from '../image/limits.ts';
import type { ByteSource } from '../platform/files.ts';
import { columnOf } from '../tables/columns.ts';
import { CaptionsHeaderError } from '../tables/errors.ts';
import type { ArchiveOptions } from './archive.ts';
import { ArchiveError } from './errors.ts';
import { type Leaf, ParquetFile } from './parquet-file.ts';

/** A column as a user names it. */
export interface Column {
  readonly name: string;
  /** Its values; of a struct of an image its paths, if it has them. */
  readonly leaf?: Leaf;
  /** Of an image that lies in the file. */
  readonly bytes?: Leaf;
}

/** The images in a Parquet file, each by the number of its row, and of another column than the usual by `column:row`. */
export class ParquetImages {
  readonly #usual: Column | undefined;

  constructor(
    private readonly file: ParquetFile,
    private readonly name: string,
    private readonly columns: readonly Column[],
  ) {
    this.#usual = usualImage(name, columns);
  }

  static async open(source: ByteSource): Promise<ParquetImages> {
    const file = await ParquetFile.open(source);
    return new ParquetImages(file, source.name, columnsIn(file.leaves));
  }

  memberOf(column: Column | undefined, row: number): string {
    return column === undefined || column.name === this.#usual?.name ? String(row) : `${column.name}:${row}`;
  }

  /** A copy: the page that it is in is not to be kept. @throws {ArchiveError} @throws {ImageFileSizeError} */
  async read(member: string): Promise<Uint8Array> {
    const [, name, row = ''] = /^(?:(.*):)?(\d{1,15})$/s.exec(member) ?? [];
    const column = name === undefined ? this.#usual : this.columns.find((column) => column.name === name);
    if (!column?.bytes || row === '') throw new ArchiveError(this.name, member, 'there is no such image');
    const bytes = await this.file.value(column.bytes, Number(row));
    if (!(bytes instanceof Uint8Array)) {
      throw new ArchiveError(this.name, member, `${column.name} is empty in this row`);
    }
    checkFileSize(bytes.length, `${this.name}#${member}`);
    return bytes.slice();
  }

  close(): Promise<void> {
    return this.file.close();
  }
}

/** A struct with a column of bytes is one image; every other leaf is a column. */
export function columnsIn(leaves: readonly Leaf[]): Column[] {
  const structs = new Map<string, Leaf>();
  for (const leaf of leaves) {
    if (leaf.name.endsWith('.bytes') && leaf.kind === 'bytes' && !leaf.repeated) {
      structs.set(leaf.name.slice(0, -'.bytes'.length), leaf);
    }
  }
  return leaves.flatMap((leaf): Column[] => {
    const [, outer = '', inner] = /^(.*)\.([^.]+)$/s.exec(leaf.name) ?? [];
    const bytes = structs.get(outer);
    if (bytes === leaf) {
      const path = leaves.find(({ name, repeated }) => name === `${outer}.path` && !repeated);
      return [{ name: outer, bytes, leaf: path }];
    }
    if (bytes && inner === 'path') return [];
    return [{ name: leaf.name, leaf, ...(leaf.kind === 'bytes' && !leaf.repeated && { bytes: leaf }) }];
  });
}

/**
 * The column of images: the named one, else the only struct of an image, else what is known by its name.
 * @throws {CaptionsHeaderError}
 */
export function imageColumn(
  file: string,
  columns: readonly Column[],
  { columns: named = {}, byOption = false }: ArchiveOptions,
): Column | undefined {
  const structs = columns.filter(({ bytes, leaf }) => bytes && bytes !== leaf);
  if (named.image === undefined && structs.length === 1) return structs[0];
  const index = columnOf(tableOf(file, columns), 'image', named, byOption);
  return index === undefined ? undefined : columns[index];
}

/** The same where no column is named; undefined where names alone do not tell. */
function usualImage(file: string, columns: readonly Column[]): Column | undefined {
  try {
    return imageColumn(file, columns, {});
  } catch (error) {
    if (error instanceof CaptionsHeaderError) return undefined;
    throw error;
  }
}

/** The columns as those of a table, for messages. */
export function tableOf(file: string, columns: readonly Column[]) {
  return { file, columns: columns.map(({ name }) => name), line: undefined, rows: [] };
}
