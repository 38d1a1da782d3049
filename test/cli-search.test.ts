// `search` and `duplicates` on the 89 example pairs by the embedded model. The judge: every cosine in double precision.
import { createHash } from 'node:crypto';
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parse } from 'csv-parse/sync';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { BiomedClip, LoadOptions } from '../src/api.ts';
import { BiomedClip as Loader } from '../src/index.ts';
import { EMBEDDED_MODEL } from '../src/node/embedded-model.ts';
import { type EmbeddedRows, openEmbeddedRows, readEmbeddedRows } from '../src/node/embedded-rows.ts';
import { npyHeader } from '../src/npy/npy.ts';
import { f16FromFloats, floatsFromBytes } from '../weights/floats.ts';
import { openFiles } from './faults/leaks.ts';
import { adapterOptions, cli as run, tinyModel } from './support/cli-run.ts';

const examples = fileURLToPath(new URL('../examples/biomed', import.meta.url));
const query = 'frontal chest X-ray';
const [adapter] = adapterOptions.slice(1);
let folder: string;
let all: string;
let model: BiomedClip;
let images: EmbeddedRows;
let texts: EmbeddedRows;

/** One model for all commands of this file. */
async function loadModel(source: string, options: LoadOptions): Promise<BiomedClip> {
  if (source !== EMBEDDED_MODEL || options.closing) return Loader.load(source, options);
  const { info } = model;
  const embedBatch = model.embedBatch.bind(model);
  return { info, embedBatch, destroy() {}, async [Symbol.asyncDispose]() {} };
}
const cli = (...argv: string[]) => run([...argv, ...adapterOptions, '--quiet'], { loadModel });

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'search-'));
  all = join(folder, 'all');
  model = await Loader.load(EMBEDDED_MODEL, { adapter });
  const made = await cli('embed', examples, '--captions', join(examples, 'captions.csv'), '-o', all);
  expect(made).toMatchObject({ code: 0 });
  [images, texts] = [await readEmbeddedRows(all, 'images'), await readEmbeddedRows(all, 'texts')];
});
afterAll(async () => {
  model.destroy();
  await rm(folder, { recursive: true });
});

const rowOf = ({ rows: { data, dim } }: Pick<EmbeddedRows, 'rows'>, row: number) =>
  data.subarray(row * dim, (row + 1) * dim);

function cosine(a: Float32Array, b: Float32Array): number {
  let [dot, aa, bb] = [0, 0, 0];
  for (const [i, x] of a.entries()) {
    const y = b[i] ?? 0;
    dot += x * y;
    aa += x * x;
    bb += y * y;
  }
  return dot / Math.sqrt(aa * bb);
}

/** Rows by their cosine, the most alike first. */
const judged = (vector: Float32Array, rows: EmbeddedRows) =>
  Array.from({ length: rows.rows.rows }, (_, row) => ({
    row,
    cosine: cosine(vector, rowOf(rows, row)),
  })).sort((a, b) => b.cosine - a.cosine);

interface Hit {
  readonly rank: number;
  readonly id: string;
  readonly row: number;
  readonly cosine: number;
  readonly caption?: string;
}

function expectJudged(hits: readonly Hit[], vector: Float32Array, rows: EmbeddedRows) {
  const judge = judged(vector, rows).slice(0, hits.length);
  expect(hits.map(({ row }) => row)).toEqual(judge.map(({ row }) => row));
  for (const [i, hit] of hits.entries()) {
    expect(hit.rank).toBe(i + 1);
    expect(hit.id).toBe(rows.rows.ids[hit.row]);
    expect(Math.abs(hit.cosine - (judge[i]?.cosine ?? 2))).toBeLessThan(1e-6);
  }
}

describe('search', () => {
  test('by a text: names, cosines and captions, as JSON and as a table', async () => {
    const { texts: embedded } = await model.embedBatch({ texts: [query] });
    const { code, stdout } = await cli('search', all, query, '--json');
    expect(code).toBe(0);
    const { results, searched, provenance, fingerprint } = JSON.parse(stdout);
    expect([searched, fingerprint]).toEqual([89, model.info.fingerprint]);
    expect(Object.keys(provenance.inputs)).toEqual(['images', 'queries']);
    const [{ hits }] = results;
    expect(hits).toHaveLength(10);
    expectJudged(hits, embedded.data, images);
    for (const { row, caption } of hits) expect(caption).toBe(texts.manifest.texts[row]?.caption);
    const table = await cli('search', all, query, '-n', '2');
    const line = ({ cosine, id, caption }: Hit) => `${cosine.toFixed(4).padStart(7)}  ${id}  ${caption}`;
    expect(table.stdout).toBe(
      `${query}\n${hits.slice(0, 2).map(line).join('\n')}\n` +
        '(this is the small model of the package, not a medical model; for another give --model)\n',
    );
  });

  test('by an image, among the captions and among the images', async () => {
    const image = join(examples, '07-chest-x-ray.png');
    const own = rowOf(images, images.rows.ids.indexOf('07-chest-x-ray.png'));
    for (const rows of [images, texts]) {
      const { stdout } = await cli('search', all, image, '--rows', rows.kind, '-n', '89', '--json');
      const [{ hits }] = JSON.parse(stdout).results;
      expectJudged(hits, own, rows);
    }
  });

  test('by a file of queries into a CSV, and not over what is there', async () => {
    const file = join(folder, 'queries.txt');
    await writeFile(file, 'brain MRI\n"quoted", with a comma\n');
    const out = join(folder, 'found.csv');
    expect(await cli('search', all, file, '-n', '3', '-o', out)).toMatchObject({ code: 0 });
    const rows: Record<string, string>[] = parse(await readFile(out, 'utf8'), { columns: true });
    expect(rows.map((row) => row.query)).toEqual([
      ...Array(3).fill('brain MRI'),
      ...Array(3).fill('"quoted", with a comma'),
    ]);
    const { texts: embedded } = await model.embedBatch({ texts: ['brain MRI'] });
    expectJudged(
      rows.slice(0, 3).map((row) => ({
        rank: Number(row.rank),
        id: row.id ?? '',
        row: Number(row.row),
        cosine: Number(row.cosine),
      })),
      embedded.data,
      images,
    );
    const tsv = join(folder, 'queries.tsv');
    await writeFile(tsv, 'key\tquestion\n1\tbrain MRI\n2\tquoted with a comma\n');
    const columns = ['--id-column', 'key', '--caption-column', 'question'];
    const asked = JSON.parse((await cli('search', all, tsv, '-n', '1', ...columns, '--json')).stdout).results;
    expect(asked.map((found: { query: string }) => found.query)).toEqual([
      'brain MRI',
      'quoted with a comma',
    ]);
    expect(asked[0].hits[0].id).toBe(rows[0]?.id);
    const again = await cli('search', all, file, '-o', out);
    expect(again).toMatchObject({ code: 1, stdout: '' });
    expect(again.stderr).toContain('OutputExistsError');
    expect(await cli('search', all, file, '-o', out, '--force')).toMatchObject({ code: 0 });
  });

  test('a contact sheet has a picture of each, and escapes what it quotes', async () => {
    const out = join(folder, 'sheet.html');
    expect(await cli('search', all, '<b>chest', '-n', '4', '-o', out)).toMatchObject({ code: 0 });
    const html = await readFile(out, 'utf8');
    expect(html.match(/<img src="data:image\/jpeg;base64,/g)).toHaveLength(4);
    expect(html).toContain('<h2>&lt;b&gt;chest</h2>');
    expect(html).not.toContain('<b>chest');
    expect(html).toContain(model.info.fingerprint);
  });

  test('--centre takes each modality’s mean out; a closing is applied to rows and queries, or to queries of closed rows', async () => {
    const centred = (of: EmbeddedRows, vector: Float32Array) => {
      const mean = new Float64Array(vector.length);
      for (let row = 0; row < of.rows.rows; row++)
        rowOf(of, row).forEach((x, i) => {
          mean[i] = (mean[i] ?? 0) + x / of.rows.rows;
        });
      return Float32Array.from(vector, (x, i) => x - (mean[i] ?? 0));
    };
    const { texts: embedded } = await model.embedBatch({ texts: [query] });
    const { stdout } = await cli('search', all, query, '--centre', '-n', '5', '--json');
    const data = images.rows.data.slice();
    for (let row = 0; row < 89; row++) data.set(centred(images, rowOf(images, row)), row * images.rows.dim);
    const { hits } = JSON.parse(stdout).results[0];
    // The centred rows are scaled to length 1 and centred once more, which moves their mean of 0 by a little.
    const judge = judged(centred(texts, embedded.data), { ...images, rows: { ...images.rows, data } });
    expect(hits[0].row).toBe(judge[0]?.row);
    expect(Math.abs(hits[0].cosine - (judge[0]?.cosine ?? 2))).toBeLessThan(0.05);

    const closing = join(folder, 'centre.safetensors');
    const pair = [join(all, 'images.npy'), join(all, 'texts.npy')];
    expect(await cli('close-gap', 'fit', ...pair, '--method', 'center', '-o', closing)).toMatchObject({
      code: 0,
    });
    const closed = join(folder, 'closed');
    const applied = await cli(
      'close-gap',
      'apply',
      closing,
      '--images',
      pair[0] ?? '',
      '--texts',
      pair[1] ?? '',
      '-o',
      closed,
    );
    expect(applied).toMatchObject({ code: 0 });
    for (const directory of [all, closed]) {
      const result = await cli('search', directory, query, '--closing', closing, '-n', '5', '--json');
      expect(result).toMatchObject({ code: 0, stderr: '' });
      for (const [i, hit] of JSON.parse(result.stdout).results[0].hits.entries()) {
        expect(hit.row).toBe(hits[i].row);
        expect(Math.abs(hit.cosine - hits[i].cosine)).toBeLessThan(1e-5);
      }
    }
    const open = await cli('search', closed, query);
    expect(open).toMatchObject({ code: 2, stdout: '' });
    expect(open.stderr).toContain(
      'its rows are closed (center); queries need it too: pass by --closing the one of SHA-256',
    );
    expect(await cli('search', all, query, '--closing', closing, '--centre')).toMatchObject({ code: 2 });
  });

  test('rows of a folder stay in their file, in f16 too; f64 rows are converted; no file stays open', async () => {
    const { texts: embedded } = await model.embedBatch({ texts: [query] });
    const { data, rows, dim } = images.rows;
    for (const [type, bytes] of [
      ['f16', f16FromFloats(data)],
      ['f64', Float64Array.from(data)],
    ] as const) {
      const set = join(folder, type);
      await cp(all, set, { recursive: true });
      const header = Buffer.from(npyHeader([rows, dim]));
      header.write(type === 'f16' ? '<f2' : '<f8', header.indexOf('<f4'));
      const npy = Buffer.concat([header, Buffer.from(bytes.buffer)]);
      await writeFile(join(set, 'images.npy'), npy);
      const path = join(set, 'manifest.json');
      const manifest = JSON.parse(await readFile(path, 'utf8'));
      const sha256 = createHash('sha256').update(npy).digest('hex');
      await writeFile(path, JSON.stringify({ ...manifest, files: { ...manifest.files, images: sha256 } }));
      const opened = await openEmbeddedRows(set, 'images');
      expect(opened.source.dtype).toBe(type === 'f16' ? 'f16' : 'f32');
      expect(await openFiles(set)).toHaveLength(type === 'f16' ? 1 : 0);
      await opened.source.close();
      const { stdout } = await cli('search', set, query, '-n', '3', '--json');
      const stored = type === 'f16' ? floatsFromBytes(new Uint8Array(bytes.buffer), 'F16') : data;
      expectJudged(JSON.parse(stdout).results[0].hits, embedded.data, {
        ...images,
        rows: { ...images.rows, data: stored },
      });
      expect(await cli('search', set, 'none.png')).toMatchObject({ code: 1 });
      expect(await openFiles(set)).toEqual([]);
    }
  });

  test('a query by another model than the rows’ is refused, and a model of no known place asked for', async () => {
    const { directory } = await tinyModel(folder);
    const other = await cli('search', all, query, '--model', directory);
    expect(other).toMatchObject({ code: 1, stdout: '' });
    expect(other.stderr).toContain(
      `DifferentCheckpointsError: ${all}/images.npy is of the checkpoint ${model.info.fingerprint}`,
    );
    const moved = join(folder, 'moved');
    await cp(all, moved, { recursive: true });
    const path = join(moved, 'manifest.json');
    const manifest = JSON.parse(await readFile(path, 'utf8'));
    for (const name of ['my-checkpoint', 'https://example.org/model']) {
      await writeFile(path, JSON.stringify({ ...manifest, model: name }));
      const asked = await cli('search', moved, query);
      expect(asked).toMatchObject({ code: 2, stdout: '' });
      expect(asked.stderr).toContain(`is of the model "${name}"; say by --model where it lies`);
    }
    await writeFile(path, JSON.stringify({ ...manifest, fingerprint: undefined }));
    expect((await cli('search', moved, query)).stderr).toMatch(
      /^ManifestError: .*does not say of which checkpoint/,
    );
    await writeFile(
      path,
      JSON.stringify({ ...manifest, files: { ...manifest.files, images: '0'.repeat(64) } }),
    );
    expect((await cli('search', moved, query)).stderr).toMatch(
      /^ManifestError: .*of another file than images.npy/,
    );
  });

  test.each([
    [['DIR/none', 'x'], 1, 'FileReadError'],
    [['DIR/all', 'x', '-n', '90'], 1, 'topK must be an integer from 1 to 89'],
    [['DIR/all', 'none.png'], 1, 'none.png: no image is there'],
    [['DIR/all', 'none.txt'], 1, 'TextFileReadError'],
    [['DIR/all', 'https://example.org/a.png'], 1, 'UrlNotAllowedError'],
    [['DIR/all', 'x', '-o', 'DIR/x.txt'], 2, 'the name must end in .csv, .json or .html'],
    [['DIR/all', 'x', '-n', '0'], 2, 'positive integer'],
  ] as const)('%j ends with %i', async (argv, code, message) => {
    const result = await cli('search', ...argv.map((word) => word.replace('DIR', folder)));
    expect(result).toMatchObject({ code, stdout: '' });
    expect(result.stderr).toContain(message);
  });
});

describe('duplicates', () => {
  const threshold = 0.92;
  const judge = () => {
    const pairs = [];
    for (let a = 0; a < 89; a++) {
      for (let b = a + 1; b < 89; b++) {
        const value = cosine(rowOf(images, a), rowOf(images, b));
        if (value >= threshold) pairs.push({ a, b, cosine: value });
      }
    }
    return pairs;
  };

  test('within one set: JSON, CSV and a table of the most alike', async () => {
    const { code, stdout } = await cli('duplicates', all, '--threshold', String(threshold), '--json');
    expect(code).toBe(0);
    const { pairs, found, provenance } = JSON.parse(stdout);
    expect(provenance.model).toEqual({ name: 'embedded', fingerprint: model.info.fingerprint });
    const expected = judge();
    expect(found).toBe(expected.length);
    expect(found).toBeGreaterThan(50);
    for (const [i, { a, b, cosine: value }] of expected.entries()) {
      expect(pairs[i]).toMatchObject({ a, b, idA: images.rows.ids[a], idB: images.rows.ids[b] });
      expect(Math.abs(pairs[i].cosine - value)).toBeLessThan(1e-6);
    }
    const csv = await cli('duplicates', all, '--threshold', String(threshold), '-o', '-');
    const rows: Record<string, string>[] = parse(csv.stdout, { columns: true });
    expect(rows.map((row) => [Number(row.row_a), Number(row.row_b)])).toEqual(
      expected.map(({ a, b }) => [a, b]),
    );
    const table = (await cli('duplicates', all, '--threshold', String(threshold))).stdout
      .trimEnd()
      .split('\n');
    expect(table).toHaveLength(52);
    expect(table[50]).toBe(`and ${found - 50} more that are less alike: -o pairs.csv or --json has all`);
    expect(table[51]).toBe(`${found} pairs among 89 rows with a cosine of 0.92 or more`);
  });

  test('of a test set with a training set, and the most pairs', async () => {
    const { stdout } = await cli(
      'duplicates',
      join(all, 'images.npy'),
      all,
      '--threshold',
      '0.999',
      '--json',
    );
    const { pairs, within } = JSON.parse(stdout);
    expect(within).toBe(false);
    expect(pairs.filter(({ a, b }: { a: number; b: number }) => a === b)).toHaveLength(89);
    const many = await cli('duplicates', all, '--threshold', '0', '--limit', '10');
    expect(many).toMatchObject({ code: 1, stdout: '' });
    expect(many.stderr).toContain(
      'TooManyDuplicatesError: duplicates: more than 10 pairs have a cosine of 0 or more',
    );
  });

  test.each([
    [['DIR/none'], 1, 'FileReadError'],
    [['DIR/all', '--threshold', '2'], 2, 'a number from -1 to 1'],
    [['DIR/all', '-o', 'DIR/x.html'], 2, 'the name must end in .csv or .json'],
    [['DIR/all', 'DIR/closed'], 2, 'their rows are closed by different closings'],
  ] as const)('%j ends with %i', async (argv, code, message) => {
    const result = await cli('duplicates', ...argv.map((word) => word.replace('DIR', folder)));
    expect(result).toMatchObject({ code, stdout: '' });
    expect(result.stderr).toContain(message);
  });
});
