// Writes the .parquet files of test/rows-files.test.ts with DuckDB, in a folder where @duckdb/node-api is installed:
// node PATH/TO/test/golden/rows-duckdb.mjs (written by DuckDB 1.5)
import { mkdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';

const { DuckDBInstance } = createRequire(join(process.cwd(), 'x.js'))('@duckdb/node-api');
const out = new URL('rows/', import.meta.url).pathname;
mkdirSync(out, { recursive: true });
const db = await (await DuckDBInstance.create(':memory:')).connect();
console.log((await db.runAndReadAll('SELECT version()')).getRows());

/** `ramp` of rows.py as a list of the row, from its first number. */
const ramp = (start, sign = 1) =>
  `[${Array.from({ length: 5 }, (_, i) => sign * (start + i + 0.5) * ((start + i) % 2 ? -1 : 1)).join(', ')}]`;
const table = (rows) => `(VALUES ${rows.join(', ')})`;
const write = (name, query, options = '') =>
  db.run(`COPY (${query}) TO '${join(out, name)}' (FORMAT parquet${options})`);

const three = table([0, 1, 2].map((row) => `('pair-${row}', ${ramp(5 * row)})`));
await write('array.parquet', `SELECT id, v::FLOAT[5] AS embedding FROM ${three} t(id, v)`);
await write('double.parquet', `SELECT id, v::DOUBLE[] AS embedding FROM ${three} t(id, v)`, ', COMPRESSION zstd');
await write('bytes.parquet', `SELECT 7 + row_number() OVER () AS id, [row_number() OVER (), 2, 3]::UTINYINT[] AS codes FROM ${three} t(id, v)`);
await write(
  'both.parquet',
  `SELECT id, v::FLOAT[5] AS image_embedding, list_transform(v, x -> -x)::FLOAT[5] AS text_embedding, [1, 2] AS tokens, 'a caption' AS caption FROM ${three} t(id, v)`,
  ', COMPRESSION gzip',
);
// Several groups of rows: 5000 of two values each, the row's number and its half.
await write(
  'groups.parquet',
  'SELECT range AS id, [range, range / 2]::FLOAT[2] AS embedding FROM range(5000)',
  ', ROW_GROUP_SIZE 2048, COMPRESSION zstd',
);
const faulty = (values) => `SELECT * FROM ${table(values)} t(id, embedding)`;
await write('short.parquet', faulty([`('a', [1.0, 2.0]::FLOAT[])`, `('b', [1.0]::FLOAT[])`]));
await write('missing.parquet', faulty([`('a', [1.0, 2.0]::FLOAT[])`, `('b', NULL)`]));
await write('gap.parquet', faulty([`('a', [1.0, 2.0]::FLOAT[])`, `('b', [1.0, NULL]::FLOAT[])`]));
await write('no-id.parquet', faulty([`('a', [1.0, 2.0]::FLOAT[])`, `(NULL, [1.0, 2.0]::FLOAT[])`]));
await write('beyond.parquet', faulty([`('a', [1, 2]::DOUBLE[])`, `('b', [1, 1e39]::DOUBLE[])`]));
await write('no-rows.parquet', `${faulty([`('a', [1.0, 2.0]::FLOAT[])`])} WHERE false`);
await write('no-vectors.parquet', "SELECT 'a' AS id, 1.5 AS score");
