// `export`: what is written is read back, by the commands and by PostgreSQL with pgvector (PGlite, in this process).
import { execFile } from 'node:child_process';
import { cp, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { PGlite } from '@electric-sql/pglite';
import { vector } from '@electric-sql/pglite-pgvector';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import * as library from '../src/index.ts';
import { readEmbeddedRows } from '../src/node/embedded-rows.ts';
import { writeEmbeddings } from '../src/node/embedding-files.ts';
import { copyLines } from '../src/node/export/copy-text.ts';
import { ExportTextError } from '../src/node/export/errors.ts';
import type { Manifest } from '../src/node/manifest.ts';
import { readNpyRows } from '../src/node/npy-vectors.ts';
import { writeTogether } from '../src/node/staged-files.ts';
import { adapterOptions, cli } from './support/cli-run.ts';

const PAIRS = 12;
const DIM = 6;
/** What a format of text could get wrong. */
const CAPTIONS = [
  'tab\there',
  'two\nlines',
  'back\\slash \\N',
  'quote "\' and comma,',
  '',
  'ünï 🩻',
  '\\.',
  'CR\rLF\n',
];

let folder: string;
let set: string;
let manifest: Manifest;
let images: library.Embeddings;
let texts: library.Embeddings;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'export-'));
  set = join(folder, 'set');
  const ids = Array.from({ length: PAIRS }, (_, i) => `pair ${i}`);
  const rowsOf = (seed: number) => ({
    data: Float32Array.from(
      { length: PAIRS * DIM },
      (_, i) => Math.sin(seed + i * i) + (seed * (i % DIM)) / 9,
    ),
    ...{ rows: PAIRS, dim: DIM, ids },
  });
  [images, texts] = [rowsOf(1), rowsOf(2)];
  manifest = await writeTogether(set, (write) =>
    writeEmbeddings(
      write,
      { images, texts },
      {
        ...{
          model: 'some/model',
          fingerprint: 'ab'.repeat(32),
          dtype: 'f32',
          adapter: 'none',
          logitScale: 14.25,
        },
        ...{ pairs: PAIRS, skipped: [{ id: 'gone', error: 'was not there' }] },
        images: ids.map((id, i) => ({ id, path: `~/scans/${i}.png`, sha256: String(i % 10).repeat(64) })),
        texts: ids.map((id, i) => ({
          ...{ id, caption: CAPTIONS[i] ?? `caption ${i}` },
          ...(i % 2 === 0 && { label: `label ${i % 3}`, group: `patient ${i}` }),
        })),
      },
    ),
  );
});
afterAll(() => rm(folder, { recursive: true }));

const exported = async (name: string, ...options: string[]) => {
  const path = join(folder, name);
  const { code, stdout, stderr } = await cli(['export', set, '-o', path, ...options]);
  expect(stderr).toBe('');
  expect(code).toBe(0);
  return { path, stdout };
};

describe.each(['parquet', 'npz', 'safetensors'])('.%s', (ending) => {
  test('has vectors, ids and manifest as they were', async () => {
    const { path, stdout } = await exported(`rows.${ending}`);
    expect(stdout).toBe(`24 rows x 6: ${path}\n`);
    for (const kind of ['images', 'texts'] as const) {
      const { rows, manifest: read } = await readEmbeddedRows(path, kind);
      expect(rows).toEqual(kind === 'images' ? images : texts);
      const { files: _, ...expected } = manifest;
      expect(read).toMatchObject(expected);
      const named = await readNpyRows(`${path}#${kind}`);
      expect(named.rows).toEqual(rows);
      expect(await library.readVectors(path, { name: kind })).toEqual(rows);
    }
  });

  test('gives the gap that the folder gives', async () => {
    const { path } = await exported(`gap.${ending}`);
    const statistics = async (...sources: string[]) => {
      const options = ['--resamples', '20', '--permutations', '20', '--json', '-q', ...adapterOptions];
      const { code, stdout } = await cli(['gap', ...sources, ...options]);
      expect(code).toBe(0);
      const { provenance: _, ...result } = JSON.parse(stdout);
      return result;
    };
    const expected = await statistics(set);
    expect(expected.pairedBy).toBe('ids');
    expect(await statistics(path)).toEqual(expected);
    const named = join(folder, `folder.${ending}`); // as a file is
    await cp(set, named, { recursive: true });
    expect(await statistics(named)).toEqual(expected);
    expect(await statistics(`${path}#images`, `${path}#texts`)).toEqual(expected);
  });

  test('of one modality, and again from what was exported', async () => {
    const { path } = await exported(`texts.${ending}`, '--rows', 'texts');
    expect((await readEmbeddedRows(path, 'texts')).rows).toEqual(texts);
    const again = join(folder, `again.${ending}`);
    expect(await cli(['export', path, '-o', again, '--rows', 'texts'])).toMatchObject({ code: 0 });
    expect((await readEmbeddedRows(again, 'texts')).rows).toEqual(texts);
  });
});

test('rows without a manifest keep their place as id', async () => {
  const path = join(folder, 'plain.parquet');
  const file = new URL('golden/npy/matrix.npy', import.meta.url).pathname;
  expect(await cli(['export', file, '-o', path])).toMatchObject({ code: 0 });
  const { ids, ...matrix } = await library.readVectors(path);
  expect(matrix).toEqual(await library.readNpy(file));
  expect(ids).toEqual(['0', '1', '2']);
});

describe('PostgreSQL with pgvector', () => {
  let database: PGlite;
  beforeAll(async () => {
    database = await PGlite.create({ extensions: { vector } });
  });
  afterAll(() => database.close());

  interface Row {
    readonly modality: string;
    readonly row: number;
    readonly id: string;
    readonly caption: string | null;
    readonly path: string | null;
    readonly label: string | null;
    readonly group: string | null;
    readonly embedding: string;
  }

  async function expectRows(table: string) {
    const { rows } = await database.query<Row>(`SELECT * FROM ${table} ORDER BY modality, row`);
    expect(rows).toHaveLength(2 * PAIRS);
    for (const [i, row] of rows.entries()) {
      const [vectors, at] = i < PAIRS ? [images, i] : [texts, i - PAIRS];
      const text = manifest.texts[at];
      expect(row).toMatchObject({
        ...{ modality: i < PAIRS ? 'image' : 'text', row: at, id: vectors.ids[at], caption: text?.caption },
        path: i < PAIRS ? (manifest.images[at]?.path ?? '') : null,
        label: i < PAIRS ? null : (text?.label ?? null),
        group: i < PAIRS ? null : (text?.group ?? null),
      });
      const values = Float32Array.from(JSON.parse(row.embedding) as number[]);
      expect(values).toEqual(vectors.data.slice(at * DIM, (at + 1) * DIM));
    }
  }

  test('the script makes the table and fills it; pgvector orders by cosine', async () => {
    const { path } = await exported('rows.sql', '--table', 'scans');
    const script = await readFile(path, 'utf8');
    const [before = '', data = ''] = script.split('FROM stdin;\n'); // as psql sends what is between these lines
    expect(data.endsWith('\n\\.\n')).toBe(true);
    await database.exec(before.slice(0, before.indexOf('COPY')));
    const copy = `${before.slice(before.indexOf('COPY'))} FROM '/dev/blob'`;
    await database.query(copy, [], { blob: new Blob([data.slice(0, -'\\.\n'.length)]) });
    await expectRows('scans');
    const query = `[${texts.data.slice(0, DIM).join(',')}]`;
    const { rows } = await database.query<{ id: string }>(
      "SELECT id FROM scans WHERE modality = 'text' ORDER BY embedding <=> $1 LIMIT 1",
      [query],
    );
    expect(rows).toEqual([{ id: 'pair 0' }]);
  });

  test('the data alone, with the statements that it needs', async () => {
    const { path, stdout } = await exported('rows.copy', '--table', 'Own "name"', '--json');
    const { createTable, copy } = JSON.parse(stdout);
    await database.exec(createTable);
    const blob = new Blob([await readFile(path)]);
    await database.query(copy.replace('FROM stdin;', "FROM '/dev/blob'"), [], { blob });
    await expectRows('"Own ""name"""');
  });
});

describe('errors', () => {
  test.each([
    [['export', 'SET'], 'pass --out or --lancedb: one of them'],
    [['export', 'SET', '-o', 'rows.csv'], '--out rows.csv: the name must end in .parquet, .npz'],
    [['export', 'SET', '-o', 'rows.npz', '--table', 'x'], '--table is for databases'],
  ])('%s', async (argv, text) => {
    const { code, stderr } = await cli(argv.map((word) => (word === 'SET' ? set : word)));
    expect(code).toBe(2);
    expect(stderr).toContain(text);
  });

  test('a text that PostgreSQL cannot hold', () => {
    const facts = (row: number) => ({ id: `${row}`, caption: row === 1 ? 'nul\0' : undefined });
    const rows = { sets: [{ rows: images, facts }], count: PAIRS, dim: DIM, files: {} };
    expect(() => [...copyLines(rows)]).toThrow(ExportTextError);
    expect(() => [...copyLines(rows)]).toThrow('row 1: its caption has a NUL');
  });

  test('what is there is kept, and LanceDB is said to be missing', async () => {
    const { path } = await exported('there.npz');
    const { code, stderr } = await cli(['export', set, '-o', path]);
    expect([code, stderr]).toEqual([1, expect.stringMatching(/^OutputExistsError: /)]);
    // In a process of its own: Vite puts something in the place of an optional package.
    const bin = fileURLToPath(new URL('../bin/biomedclip-webgpu.ts', import.meta.url));
    const hook = new URL('../from-source.mjs', import.meta.url).href;
    const argv = ['--import', hook, bin, 'export', set, '--lancedb', join(folder, 'db')];
    const missing = await promisify(execFile)(process.execPath, argv).catch((error: unknown) => error);
    expect(missing).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/^MissingPackageError: .*npm install @lancedb\/lancedb apache-arrow/),
    });
  });
});
