import { ByteWriter, ParquetWriter, type SchemaElement } from 'hyparquet-writer';
import { name, version } from '../../package.json';
import type { ByteSink } from '../../weights/sinks.ts';
import { type DescribedRows, type DescribedSet, vectorOf } from './described-rows.ts';
import { MANIFEST_KEY } from './manifest.ts';

/** Columns of text, in the order in which they are written. */
export const TEXT_COLUMNS = ['id', 'modality', 'caption', 'path', 'label', 'group', 'sha256'] as const;
const CREATED_BY = `${name} ${version}`;
/** Of a group of rows: about 4 MB of width 512. */
const GROUP_ROWS = 2048;

/** How vectors are stored. */
export type ParquetVectors = 'f32' | 'f16';

const ELEMENT: Readonly<Record<ParquetVectors, SchemaElement>> = {
  f32: { name: 'element', type: 'FLOAT', repetition_type: 'REQUIRED' },
  f16: {
    ...{ name: 'element', type: 'FIXED_LEN_BYTE_ARRAY', type_length: 2, repetition_type: 'REQUIRED' },
    logical_type: { type: 'FLOAT16' },
  },
};

const SCHEMA: SchemaElement[] = [
  { name: 'root', num_children: TEXT_COLUMNS.length + 1 },
  ...TEXT_COLUMNS.map(
    (name): SchemaElement => ({
      ...{ name, type: 'BYTE_ARRAY', converted_type: 'UTF8' },
      repetition_type: name === 'id' ? 'REQUIRED' : 'OPTIONAL',
    }),
  ),
  { name: 'embedding', repetition_type: 'REQUIRED', converted_type: 'LIST', num_children: 1 },
  { name: 'list', repetition_type: 'REPEATED', num_children: 1 },
];

/** Writes rows as Parquet: the manifest's lists as columns, the rest of it in the metadata. */
export async function writeParquet(
  sink: ByteSink,
  { sets, manifest }: DescribedRows,
  { vectors = 'f32' }: { readonly vectors?: ParquetVectors } = {},
): Promise<void> {
  const { images: _, texts: __, files: ___, ...kept } = manifest ?? { images: [], texts: [] };
  const kvMetadata = manifest && [{ key: MANIFEST_KEY, value: JSON.stringify(kept) }];
  const writer = new ByteWriter();
  const flush = async () => {
    await sink.write(writer.getBytes().slice());
    writer.index = 0;
  };
  const file = new ParquetWriter({
    writer,
    schema: [...SCHEMA, ELEMENT[vectors]],
    createdBy: CREATED_BY,
    kvMetadata,
    statistics: false,
  });
  for (const set of sets) {
    for (let first = 0; first < set.rows.rows; first += GROUP_ROWS) {
      const count = Math.min(GROUP_ROWS, set.rows.rows - first);
      await file.write({ columnData: columnsOf(set, first, count), rowGroupSize: GROUP_ROWS });
      await flush();
    }
  }
  file.finish();
  await flush();
}

function columnsOf({ rows, facts }: DescribedSet, first: number, count: number) {
  const known = Array.from({ length: count }, (_, i) => facts(first + i));
  return [
    ...TEXT_COLUMNS.map((name) => ({ name, data: known.map((fact) => fact[name] ?? null) })),
    {
      name: 'embedding',
      data: known.map((_, i) => Array.from(vectorOf(rows, first + i))),
      ...{ encoding: 'PLAIN' as const, codec: 'UNCOMPRESSED' as const }, // floats of embeddings do not compress
    },
  ];
}
