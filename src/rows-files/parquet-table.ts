import {
  type AsyncBuffer,
  type FileMetaData,
  parquetMetadataAsync,
  parquetSchema,
  type RowGroup,
  type SchemaTree,
} from 'hyparquet';
import { DEFAULT_PARSERS } from 'hyparquet/src/convert.js';
import { parquetReadColumn } from 'hyparquet/src/read.js';
import { getSchemaPath } from 'hyparquet/src/schema.js';
import { compressors } from 'hyparquet-compressors';
import { expectRuns } from '../archives/parquet-runs.ts';
import { BiomedClipError } from '../errors.ts';
import type { Vectors } from '../metrics/vectors.ts';
import { ElementRangeError } from '../npy/errors.ts';
import type { ByteSource } from '../platform/files.ts';
import { allocateOnHost, HostMemoryError } from '../platform/host-memory.ts';
import { RowGapError, RowLengthError, RowsFormatError } from './errors.ts';

const MAGIC = 'PAR1';
/** The magic at both ends, and the length of the metadata. */
const LEAST = 12;

/** The columns of a Parquet file, read a group of rows at a time. */
export class ParquetTable {
  private constructor(
    private readonly source: ByteSource,
    private readonly buffer: AsyncBuffer,
    private readonly metadata: FileMetaData,
    readonly rows: number,
    private readonly columns: readonly SchemaTree[],
  ) {}

  /** @throws {RowsFormatError} */
  static async open(source: ByteSource): Promise<ParquetTable> {
    const { name, size } = source;
    const ends = size < LEAST ? [] : [await source.read(0, 4), await source.read(size - 4, 4)];
    if (ends.length === 0 || !ends.every((end) => String.fromCharCode(...end) === MAGIC)) {
      throw new RowsFormatError(name, 'it is a Parquet file that was cut short; write it again');
    }
    const buffer: AsyncBuffer = {
      byteLength: size,
      async slice(start, end = size) {
        if (start < 0 || end > size || end < start) {
          throw new RowsFormatError(name, `it refers to bytes ${start} to ${end} of ${size}; write it again`);
        }
        return (await source.read(start, end - start)).slice().buffer as ArrayBuffer;
      },
    };
    const { metadata, columns, rows } = await guarded(name, 'its metadata cannot be read', async () => {
      const metadata = await parquetMetadataAsync(buffer, { geoparquet: false });
      const rows = metadata.row_groups.reduce((sum, group) => sum + Number(group.num_rows), 0);
      const nameless = metadata.schema.some(({ name }) => typeof name !== 'string');
      if (nameless) throw new Error('a column has no name');
      return { metadata, columns: parquetSchema(metadata).children, rows };
    });
    if (!Number.isSafeInteger(rows) || rows !== Number(metadata.num_rows)) {
      throw new RowsFormatError(
        name,
        `it has ${metadata.num_rows} rows, and its groups ${rows}; write it again`,
      );
    }
    return new ParquetTable(source, buffer, metadata, rows, columns);
  }

  get file(): string {
    return this.source.name;
  }

  has(column: string): boolean {
    return this.columns.some(({ element }) => element.name === column);
  }

  metadataOf(key: string): string | undefined {
    return this.metadata.key_value_metadata?.find((pair) => pair.key === key)?.value;
  }

  /** Lists of floats; where there are none, of integers. */
  vectorColumns(): string[] {
    const lists = this.columns.flatMap((column) => {
      const kind = elementKind(column);
      return kind === undefined ? [] : [{ name: column.element.name, kind }];
    });
    const floats = lists.filter(({ kind }) => kind === 'float');
    return (floats.length > 0 ? floats : lists).map(({ name }) => name);
  }

  /** Single values, texts and numbers. */
  textColumns(): string[] {
    const plain = this.columns.filter(({ children, element }) => {
      return children.length === 0 && element.repetition_type !== 'REPEATED' && !isBytes(element);
    });
    return plain.map(({ element }) => element.name);
  }

  /** Whether bytes lie in it that are no text, such as images. */
  hasBytes(): boolean {
    const isIn = ({ element, children }: SchemaTree): boolean =>
      children.length > 0 ? children.some(isIn) : isBytes(element);
    return this.columns.some(isIn);
  }

  /** Undefined where a row has none. */
  async texts(column: string): Promise<(string | undefined)[]> {
    const all: (string | undefined)[] = [];
    for await (const { values } of this.#groups(column)) {
      for (const value of Array.from(values))
        all.push(value === null || value === undefined ? undefined : String(value));
    }
    return all;
  }

  /** @throws {RowLengthError} @throws {RowGapError} @throws {ElementRangeError} @throws {HostMemoryError} */
  async vectors(column: string, rows: readonly number[]): Promise<Vectors> {
    const wanted = new Map(rows.map((row, i) => [row, i]));
    const isFloat = this.columns.some((one) => one.element.name === column && elementKind(one) === 'float');
    let data: Float32Array | undefined;
    let dim = 0;
    for await (const { first, values } of this.#groups(column, rows)) {
      for (const [i, value] of Array.from(values).entries()) {
        const at = wanted.get(first + i);
        if (at === undefined) continue;
        const list = isList(value) ? value : undefined;
        if (!data) {
          if (!list || list.length === 0) throw new RowGapError(this.file, first + i, column);
          dim = list.length;
          data = this.#allocate(rows.length * dim);
        }
        if (list?.length !== dim) throw new RowLengthError(this.file, first + i, dim, list?.length);
        this.#fill(data, at * dim, list, first + i, isFloat);
      }
    }
    if (!data) throw new RowsFormatError(this.file, 'it has no rows');
    return { data, rows: rows.length, dim };
  }

  #fill(data: Float32Array, at: number, list: ArrayLike<unknown>, row: number, isFloat: boolean): void {
    for (let i = 0; i < list.length; i++) {
      const value = list[i];
      if (typeof value !== 'number' && typeof value !== 'bigint') {
        throw new RowGapError(this.file, row, `column ${i}`);
      }
      const float = Math.fround(Number(value));
      const isFit = isFloat
        ? Number.isFinite(float) || !Number.isFinite(Number(value))
        : typeof value === 'bigint'
          ? BigInt(float) === value
          : float === value;
      if (!isFit) throw new ElementRangeError(this.file, [row, i], value);
      data[at + i] = float;
    }
  }

  #allocate(size: number): Float32Array {
    return allocateOnHost(
      {},
      size * 4,
      () => new Float32Array(size),
      (available, options) =>
        new HostMemoryError(`${this.file}: its rows`, size * 4, available, 'take some of them', options),
    );
  }

  /** Of all columns in the file that are the column or are in it. */
  async #expectRuns(column: string, { columns }: RowGroup): Promise<void> {
    for (const { meta_data: chunk } of columns) {
      if (!chunk || chunk.path_in_schema[0] !== column) continue;
      const { dictionary_page_offset: dictionary, data_page_offset: data, path_in_schema: path } = chunk;
      const start = Number(dictionary && dictionary < data ? dictionary : data);
      const bytes = await this.buffer.slice(start, start + Number(chunk.total_compressed_size));
      const schemaPath = getSchemaPath(this.metadata.schema, path);
      const element = schemaPath.at(-1)?.element ?? { name: column };
      const { type, codec } = chunk;
      expectRuns(new Uint8Array(bytes), {
        ...{ pathInSchema: path, schemaPath, element, type, codec, compressors },
        ...{ parsers: DEFAULT_PARSERS, utf8: false },
      });
    }
  }

  /** The values of a column a group at a time, of groups with a row that is wanted. */
  async *#groups(
    column: string,
    wanted?: readonly number[],
  ): AsyncGenerator<{ readonly first: number; readonly values: ArrayLike<unknown> }> {
    let first = 0;
    for (const group of this.metadata.row_groups) {
      const count = Number(group.num_rows);
      const [rowStart, rowEnd] = [first, first + count];
      first = rowEnd;
      if (wanted && !wanted.some((row) => row >= rowStart && row < rowEnd)) continue;
      const values = await guarded(this.file, `its column ${column} cannot be read`, async () => {
        await this.#expectRuns(column, group);
        return parquetReadColumn({
          ...{ file: this.buffer, metadata: this.metadata, columns: [column], compressors },
          ...{ rowStart, rowEnd },
        });
      });
      if (values.length !== count) {
        throw new RowsFormatError(this.file, `its column ${column} has ${values.length} of ${count} rows`);
      }
      yield { first: rowStart, values };
    }
  }
}

/** What the decoder throws is of no use to a user. */
async function guarded<T>(file: string, what: string, read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (cause) {
    if (cause instanceof BiomedClipError) throw cause;
    throw new RowsFormatError(file, `it is a damaged Parquet file: ${what}; write it again`, { cause });
  }
}

function isList(value: unknown): value is ArrayLike<unknown> {
  return Array.isArray(value) || (ArrayBuffer.isView(value) && !(value instanceof DataView));
}

function isBytes({ type, converted_type, logical_type }: SchemaTree['element']): boolean {
  return type === 'BYTE_ARRAY' && converted_type === undefined && logical_type === undefined;
}

/** Of a column that is one list of numbers a row. */
function elementKind(column: SchemaTree): 'float' | 'integer' | undefined {
  let node: SchemaTree | undefined = column;
  let lists = 0;
  for (;;) {
    if (node.element.repetition_type === 'REPEATED') lists++;
    const [child]: SchemaTree[] = node.children;
    if (node.children.length > 1) return undefined;
    if (!child) break;
    node = child;
  }
  if (lists !== 1) return undefined;
  const { type, logical_type, converted_type } = node.element;
  if (type === 'FLOAT' || type === 'DOUBLE' || logical_type?.type === 'FLOAT16') return 'float';
  const plain = converted_type === undefined || /^U?INT_/.test(converted_type);
  return (type === 'INT32' || type === 'INT64') && plain ? 'integer' : undefined;
}
