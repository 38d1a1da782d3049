import { excerpt } from '../excerpt.ts';
import type { ColumnRole } from '../tables/columns.ts';
import type { ArchiveOptions, ArchiveRow } from './archive.ts';
import { classNames } from './class-names.ts';
import { ArchiveError, DuplicateItemError } from './errors.ts';
import type { ParquetFile } from './parquet-file.ts';
import type { Column } from './parquet-images.ts';

/** The column of each role that there is. */
export type Roles = Readonly<Partial<Record<ColumnRole, Column>>>;

/** The rows of a file, from the columns of their roles. */
export class ParquetRows {
  constructor(
    private readonly file: ParquetFile,
    private readonly name: string,
    private readonly roles: Roles,
    private readonly options: ArchiveOptions,
    /** What an image in the file is called. */
    private readonly memberOf: (row: number) => string,
  ) {}

  async read(): Promise<ArchiveRow[]> {
    const paths = await this.#texts('image');
    const captions = await this.#captions();
    const [ids, labels, groups] = [await this.#texts('id'), await this.#labels(), await this.#texts('group')];
    const hasBytes = this.roles.image?.bytes !== undefined;
    const absent = hasBytes ? await this.#rowsWithoutBytes() : new Set<number>();
    const idOf = this.#idsBy(ids, paths, hasBytes);
    const rows = Array.from({ length: this.file.rows }, (_, row): ArchiveRow[] => {
      const path = paths?.[row];
      const image = hasBytes
        ? { ...(!absent.has(row) && { member: this.memberOf(row) }) }
        : { ...(path ? { image: withSlashes(path) } : {}) };
      const facts = { ...factOf('label', labels?.[row]), ...factOf('group', groups?.[row]) };
      const texts = captions[row] ?? [];
      const id = idOf(row);
      if (texts.length > 0) return texts.map((text) => ({ id, text, ...image, ...facts }));
      return 'member' in image || 'image' in image ? [{ id, ...image, ...facts }] : [];
    });
    await this.#expectItems(rows, paths);
    return rows.flat();
  }

  /** Rows of one id must have the image or the caption in common, as in tables. */
  async #expectItems(
    rows: readonly (readonly ArchiveRow[])[],
    paths: readonly (string | undefined)[] | undefined,
  ) {
    const first = new Map<string, number>();
    for (const [row, [item]] of rows.entries()) {
      if (!item) continue;
      const before = first.get(item.id);
      if (before === undefined) first.set(item.id, row);
      else {
        const earlier = rows[before]?.[0];
        const alike =
          (item.text !== undefined && item.text === earlier?.text) ||
          (await this.#sameImage(row, before, paths));
        if (!alike) throw new DuplicateItemError(item.id, `${this.name}#${row}`, `${this.name}#${before}`);
      }
    }
  }

  async #sameImage(
    row: number,
    before: number,
    paths: readonly (string | undefined)[] | undefined,
  ): Promise<boolean> {
    const bytes = this.roles.image?.bytes;
    if (!bytes) return paths?.[row] !== undefined && paths[row] === paths[before];
    const [a, b] = [await this.file.value(bytes, row), await this.file.value(bytes, before)];
    return a instanceof Uint8Array && b instanceof Uint8Array && isSame(a, b);
  }

  #idsBy(
    ids: readonly (string | undefined)[] | undefined,
    paths: readonly (string | undefined)[] | undefined,
    hasBytes: boolean,
  ): (row: number) => string {
    const column = this.roles.id;
    const byNumber = (row: number) => `${baseName(this.name)}#${row}`;
    const own = (row: number) => {
      const id = ids?.[row]?.trim();
      if (id) return id;
      throw new ArchiveError(
        this.name,
        String(row),
        `${column?.name} is empty; fill it in, or remove the row`,
      );
    };
    if (this.options.columns?.id !== undefined) return own;
    const present = (paths ?? []).filter((path) => path !== undefined && path !== '');
    const areNames = hasBytes
      ? present.length === this.file.rows && new Set(present).size === present.length
      : present.length > 0;
    if (areNames) return (row) => paths?.[row] || byNumber(row);
    return column ? own : byNumber;
  }

  /** Where the file says that there are some. */
  async #rowsWithoutBytes(): Promise<Set<number>> {
    const { image } = this.roles;
    const absent = new Set<number>();
    if (!image?.bytes || !this.file.nullsOf(image.bytes)) return absent; // a file that does not say is not read for it
    for (let row = 0; row < this.file.rows; row++) {
      if ((await this.file.value(image.bytes, row)) === undefined) absent.add(row);
    }
    return absent;
  }

  async #captions(): Promise<string[][]> {
    const leaf = this.roles.caption?.leaf;
    if (!leaf) return [];
    const values = await this.file.column(leaf);
    return values.map((value, row) => {
      const items = Array.isArray(value) ? (value.flat(Number.POSITIVE_INFINITY) as unknown[]) : [value];
      return items.flatMap((item) => this.#text(item, leaf.name, row) ?? []);
    });
  }

  async #labels(): Promise<(string | undefined)[] | undefined> {
    const column = this.roles.label;
    const values = await this.#texts('label');
    const names = column && classNames(this.file.keyValue('huggingface'), column.name);
    if (!names) return values;
    return values?.map((value, row) => {
      if (value === undefined || Number(value) === -1) return undefined; // what `datasets` writes for no class
      const name = names[Number(value)];
      if (name !== undefined) return name;
      const reason = `${column.name} is ${value}, and the file names ${names.length} classes`;
      throw new ArchiveError(this.name, String(row), reason);
    });
  }

  async #texts(role: ColumnRole): Promise<(string | undefined)[] | undefined> {
    const leaf = this.roles[role]?.leaf;
    if (!leaf) return undefined;
    const values = await this.file.column(leaf);
    return values.map((value, row) => this.#text(value, leaf.name, row));
  }

  #text(value: unknown, column: string, row: number): string | undefined {
    if (value === undefined || value === null) return undefined;
    if (value instanceof Uint8Array) {
      const text = utf8(value);
      if (text !== undefined) return text;
      throw new ArchiveError(this.name, String(row), `${column} is not UTF-8; write it as text`);
    }
    if (value instanceof Date) return value.toISOString();
    if (['string', 'number', 'bigint', 'boolean'].includes(typeof value)) return String(value);
    throw new ArchiveError(this.name, String(row), `${column} must be a string, got ${excerpt(value)}`);
  }
}

function factOf<K extends string>(key: K, value: string | undefined): Partial<Record<K, string>> {
  const text = value?.trim();
  return (text ? { [key]: text } : {}) as Partial<Record<K, string>>;
}

/** Text, or undefined for bytes that are none. */
export function utf8(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

function isSame(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, i) => byte === b[i]);
}

function withSlashes(path: string): string {
  return /^[a-z][a-z\d+.-]+:/i.test(path) ? path : path.replaceAll('\\', '/');
}

/** The last part of a path or URL. */
function baseName(name: string): string {
  return (
    name
      .replace(/[?#].*$/s, '')
      .split(/[/\\]/)
      .at(-1) || name
  );
}
