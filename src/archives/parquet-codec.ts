/** What is asked of hyparquet. */
import {
  type ColumnMetaData,
  type FileMetaData,
  parquetMetadataAsync,
  parquetSchema,
  type SchemaTree,
} from 'hyparquet';
import { parquetHeader, readColumn, readPage } from 'hyparquet/src/column.js';
import { DEFAULT_PARSERS } from 'hyparquet/src/convert.js';
import { compressors } from 'hyparquet-compressors';
import type { ByteSource } from '../platform/files.ts';
import type { Leaf } from './parquet-file.ts';
import { expectRuns } from './parquet-runs.ts';

type Decoder = Parameters<typeof readPage>[2];

/** Text stays bytes, so that what is not UTF-8 is found. */
const PARSERS = {
  ...DEFAULT_PARSERS,
  stringFromBytes: (bytes: Uint8Array) => bytes,
  jsonFromBytes: (bytes: Uint8Array) => bytes,
};

export async function readMetadata({ size, read }: ByteSource): Promise<FileMetaData> {
  const slice = async (start: number, end = size) => bufferOf(await read(start, end - start));
  const metadata = await parquetMetadataAsync({ byteLength: size, slice }, { geoparquet: false });
  if (metadata.schema.some(({ name }) => typeof name !== 'string')) throw new Error('a column has no name');
  return metadata;
}

export function leavesOf(metadata: FileMetaData): Leaf[] {
  const leaves: Leaf[] = [];
  const visit = (nodes: readonly SchemaTree[], names: readonly string[]) => {
    const node = nodes.at(-1);
    if (!node) return;
    if (node.children.length === 0) leaves.push(leafOf(nodes, names, leaves.length));
    for (const child of node.children) {
      const isWrapper = isList(node) || isList(nodes.at(-2)); // `list.element` of a list
      visit([...nodes, child], isWrapper ? names : [...names, child.element.name]);
    }
  };
  visit([parquetSchema(metadata)], []);
  return leaves;
}

function leafOf(nodes: readonly SchemaTree[], names: readonly string[], index: number): Leaf {
  const { type, converted_type, logical_type } = nodes.at(-1)?.element ?? {};
  const isText = ['UTF8', 'ENUM', 'JSON'].includes(converted_type ?? '') || logical_type?.type === 'STRING';
  return {
    name: names.join('.'),
    index,
    nodes,
    repeated: nodes.some(({ element }) => element.repetition_type === 'REPEATED'),
    kind: isText ? 'text' : type === 'BYTE_ARRAY' && !converted_type && !logical_type ? 'bytes' : 'other',
  };
}

function isList(node: SchemaTree | undefined): boolean {
  return node?.element.converted_type === 'LIST' || node?.element.logical_type?.type === 'LIST';
}

export function columnDecoder({ nodes }: Leaf, { path_in_schema, type, codec }: ColumnMetaData): Decoder {
  const element = nodes.at(-1)?.element ?? { name: '' };
  return {
    ...{ pathInSchema: path_in_schema, schemaPath: [...nodes], element, type, codec },
    ...{ compressors, parsers: PARSERS, utf8: false },
  };
}

/** All values of a column's chunk. */
export function readChunk(bytes: Uint8Array, decoder: Decoder, rows: number): unknown[] {
  expectRuns(bytes, decoder);
  const select = { groupStart: 0, selectStart: 0, selectEnd: rows, groupRows: rows };
  return readColumn(readerOf(bytes), select, decoder).data.flatMap((values) => Array.from<unknown>(values));
}

/** What a page's header says; undefined if it goes beyond the bytes, or is none: hyparquet tells these apart by its words alone. */
export function readPageHeader(bytes: Uint8Array) {
  const reader = readerOf(bytes);
  try {
    const { type, data_page_header, data_page_header_v2, ...sizes } = parquetHeader(reader);
    const rows = data_page_header_v2?.num_rows ?? data_page_header?.num_values ?? 0;
    const { compressed_page_size: packed, uncompressed_page_size: size } = sizes;
    // Damaged fields come as whatever type they name.
    if (![rows, packed, size].every((value) => Number.isInteger(value))) return undefined;
    /** `packed`: bytes behind the header; `size`: of these once they are decompressed. */
    return { length: reader.offset, isDictionary: type === 'DICTIONARY_PAGE', packed, size, rows };
  } catch {
    return undefined;
  }
}

/** The values of a page, whose header comes first. */
export function readPageValues(
  bytes: Uint8Array,
  decoder: Decoder,
  dictionary: unknown[] | undefined,
): unknown[] {
  expectRuns(bytes, decoder);
  const reader = readerOf(bytes);
  const { data } = readPage(reader, parquetHeader(reader), decoder, dictionary, undefined, 0);
  return Array.from<unknown>(data ?? []);
}

function readerOf({ buffer, byteOffset, byteLength }: Uint8Array) {
  return { view: new DataView(buffer, byteOffset, byteLength), offset: 0 };
}

function bufferOf(bytes: Uint8Array): ArrayBuffer {
  return bytes.slice().buffer;
}
