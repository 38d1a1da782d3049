// The judges: the library's own API on the same model, for numbers; DESIGN of the command line, for the rest.
// The model is a seeded tiny one on the adapter that a user of this machine would get.
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { EmbedResult } from '../src/api.ts';
import { BiomedClip } from '../src/index.ts';
import { selectRows } from '../src/metrics/vectors.ts';
import { readNpy, writeNpy } from '../src/node/npy.ts';
import { adapterOptions, cli, tinyModel, writeImages } from './support/cli-run.ts';
import { withDist } from './support/dist-lock.ts';

const NAMES = ['a.png', 'b.png', 'c.png'];
const CAPTIONS = ['chest X-ray', '', 'brain, MRI'];

let folder: string;
let modelDirectory: string;
let modelOptions: string[];
let images: string[];
let broken: string;
let pairs: string;
let expected: EmbedResult;
let logitScale: number;
let fingerprint: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'cli-'));
  ({ directory: modelDirectory, options: modelOptions } = await tinyModel(folder));
  images = await writeImages(join(folder, 'images'), NAMES);
  broken = join(folder, 'broken.png');
  await writeFile(broken, 'no image');
  pairs = join(folder, 'pairs.csv');
  const rows = NAMES.map((name, i) => `images/${name},"${CAPTIONS[i]}"\n`);
  await writeFile(pairs, `image,caption\n${rows.join('')}`);
  const model = await BiomedClip.load(modelDirectory, { adapter: process.env.BIOMEDCLIP_ADAPTER });
  expected = await model.embedBatch({ images, texts: CAPTIONS });
  ({ logitScale, fingerprint } = model.info);
  model.destroy();
});
afterAll(() => rm(folder, { recursive: true }));

const sha256 = (path: string) => createHash('sha256').update(readFileSync(path)).digest('hex');
const json = async (path: string) => JSON.parse(await readFile(path, 'utf8'));

/** Rows of unit vectors in f32, embedded in the same batches: only the order of sums may differ. */
function expectRows(
  actual: { shape: readonly number[]; data: Float32Array },
  { rows, dim, data }: EmbedResult['images'],
) {
  expect(actual.shape).toEqual([rows, dim]);
  actual.data.forEach((value, i) => {
    expect(Math.abs(value - (data[i] ?? Number.NaN))).toBeLessThan(1e-5);
  });
}

describe('embed', () => {
  test('images and captions of a CSV: arrays, manifest, JSON', async () => {
    const out = join(folder, 'pairs', 'out');
    const { code, stdout, stderr } = await cli([
      'embed',
      '--captions',
      pairs,
      '--out',
      out,
      '--json',
      ...modelOptions,
    ]);
    expect(code).toBe(0);
    expect(stderr).toContain('this model is untrained, so its results mean nothing');

    expect((await readdir(out)).sort()).toEqual(['images.npy', 'manifest.json', 'texts.npy']);
    expectRows(await readNpy(join(out, 'images.npy')), expected.images);
    expectRows(await readNpy(join(out, 'texts.npy')), expected.texts);

    const manifest = await json(join(out, 'manifest.json'));
    expect(manifest).toEqual({
      provenance: expect.objectContaining({ model: { name: 'model', fingerprint } }),
      model: 'model',
      fingerprint,
      revision: 1,
      untrained: true,
      dtype: 'f32',
      adapter: expect.stringMatching(/./),
      pairs: 3,
      files: { images: sha256(join(out, 'images.npy')), texts: sha256(join(out, 'texts.npy')) },
      images: NAMES.map((name, i) =>
        expect.objectContaining({ id: `images/${name}`, path: images[i], sha256: sha256(images[i] ?? '') }),
      ),
      texts: NAMES.map((name, i) => ({ id: `images/${name}`, caption: CAPTIONS[i] })),
      skipped: [],
    });
    expect(JSON.parse(stdout)).toEqual({
      out,
      images: { file: join(out, 'images.npy'), rows: 3, dim: expected.images.dim },
      texts: { file: join(out, 'texts.npy'), rows: 3, dim: expected.texts.dim },
      manifest: join(out, 'manifest.json'),
      skipped: [],
      truncated: [],
      provenance: manifest.provenance,
      model: 'model',
      fingerprint,
      untrained: true,
      dtype: 'f32',
      adapter: manifest.adapter,
      seconds: expect.any(Number),
    });
  });

  test('the same pairs as CSV, TSV, JSON and JSON lines: the same bytes, and the same gap', async () => {
    const rows = NAMES.map((name, i) => ({ file_name: `images/${name}`, text: CAPTIONS[i], label: 'x' }));
    const tsv = rows.map(({ file_name, text }) => `${file_name}\t${text}\tx`).join('\r');
    const files = {
      'pairs.tsv': Buffer.from(`\ufefffile_name\ttext\tlabel\r${tsv}\r`, 'utf16le'),
      'pairs.json': JSON.stringify(rows),
      'pairs.jsonl': rows.map((row) => JSON.stringify(row)).join('\n'),
    };
    const written = async (file: string) => {
      const out = join(folder, `of-${file}`);
      await cli(['embed', '--captions', join(folder, file), '--out', out, ...modelOptions]);
      const arrays = ['images.npy', 'texts.npy'].map((name) => join(out, name));
      const bare = ['--resamples', '0', '--permutations', '0', '--json', ...adapterOptions];
      const gap = await cli(['gap', ...arrays, ...bare]);
      const { provenance: _, ...report } = JSON.parse(gap.stdout);
      return { arrays: arrays.map(sha256), report };
    };
    const csv = await written('pairs.csv');
    expect(csv.report.pairs).toBe(3);
    for (const [file, content] of Object.entries(files)) {
      await writeFile(join(folder, file), content);
      expect(await written(file), file).toEqual(csv);
    }
  });

  test('a directory in batches of two, and a text file; a summary for people', async () => {
    const out = join(folder, 'directory');
    const captions = join(folder, 'captions.txt');
    await writeFile(captions, `${CAPTIONS.join('\n')}\n`);
    const { code, stdout } = await cli([
      ...['embed', join(folder, 'images'), '--captions', captions, '--batch-size', '2', '--out', out],
      ...modelOptions,
    ]);
    expect(code).toBe(0);
    expectRows(await readNpy(join(out, 'images.npy')), expected.images);
    expectRows(await readNpy(join(out, 'texts.npy')), expected.texts);
    const { images, texts } = await json(join(out, 'manifest.json'));
    expect(images.map(({ id }: { id: string }) => id)).toEqual(NAMES);
    expect(texts.map(({ id }: { id: string }) => id)).toEqual(NAMES); // by their place
    expect(stdout).toContain(`images  3 x ${expected.images.dim}  ${join(out, 'images.npy')}`);
    expect(stdout).toContain('untrained');
  });

  test('a CSV in any order: its rows and their images correspond, with their ids, and gap pairs them so', async () => {
    const out = join(folder, 'unsorted');
    const captions = join(folder, 'unsorted.csv');
    const rows = [2, 0, 1, 2];
    const lines = rows.map((i, at) => `images/${NAMES[i]},"${at === 3 ? 'a second caption' : CAPTIONS[i]}"`);
    await writeFile(captions, `image,caption\n${[...lines, 'images/none.png,nobody’s'].join('\n')}\n`);
    const argv = ['embed', join(folder, 'images'), '--captions', captions, '--out', out, ...modelOptions];
    const { code, stderr } = await cli(argv);
    expect(code).toBe(0);
    expect(stderr).toContain(`warning: ${captions}: no image, or several, for 1 row (images/none.png)`);
    expectRows(await readNpy(join(out, 'images.npy')), selectRows(expected.images, rows));
    const manifest = await json(join(out, 'manifest.json'));
    const ids = rows.map((i) => `images/${NAMES[i]}`);
    expect(manifest.pairs).toBe(4);
    expect(manifest.images.map(({ id }: { id: string }) => id)).toEqual(ids);
    expect(manifest.texts.map(({ id }: { id: string }) => id)).toEqual([...ids, 'images/none.png']);
    const texts = await readNpy(join(out, 'texts.npy'));
    const { dim } = expected.texts;
    expectRows(
      { shape: [3, dim], data: texts.data.subarray(0, 3 * dim) },
      selectRows(expected.texts, [2, 0, 1]),
    );

    const files = ['images.npy', 'texts.npy'].map((name) => join(out, name));
    const options = ['--resamples', '0', '--permutations', '0', '--json', ...adapterOptions];
    const gap = await cli(['gap', ...files, ...options]);
    expect(JSON.parse(gap.stdout)).toMatchObject({ pairs: 4, items: 3, pairedBy: 'ids' });
    expect(gap.stderr).toContain('warning: left out, having no image of their id: 1 text (images/none.png)');
    const others = { shape: [5, dim], data: texts.data.map((value) => 2 * value) };
    await writeNpy(files[0] ?? '', others); // not the file that the manifest names
    const other = await cli(['gap', ...files, ...options]);
    expect(JSON.parse(other.stdout)).toMatchObject({ pairs: 5, pairedBy: 'rows' });
    expect(other.stderr).toContain('no manifest gives the ids of both: row i is paired with row i');
  });

  test('--on-error skip: a caption whose image is lost keeps its id, behind the pairs', async () => {
    const out = join(folder, 'lost');
    const captions = join(folder, 'lost.csv');
    const rows = ['images/b.png,b', 'broken.png,broken', 'images/a.png,a'];
    await writeFile(captions, `image,caption\n${rows.join('\n')}\n`);
    const argv = ['embed', '--captions', captions, '--on-error', 'skip', '--out', out, ...modelOptions];
    expect((await cli(argv)).code).toBe(0);
    const { pairs, images, texts } = await json(join(out, 'manifest.json'));
    expect(pairs).toBe(2);
    expect(images.map(({ id }: { id: string }) => id)).toEqual(['images/b.png', 'images/a.png']);
    expect(texts.map(({ id }: { id: string }) => id)).toEqual(['images/b.png', 'images/a.png', 'broken.png']);
    await writeFile(join(folder, 'lost.txt'), 'b\nbroken\n');
    const listed = [
      'embed',
      images[0]?.path,
      broken,
      '--captions',
      join(folder, 'lost.txt'),
      '--on-error',
      'skip',
    ];
    expect((await cli([...listed, '--out', out, '--force', ...modelOptions])).code).toBe(0);
    const again = await json(join(out, 'manifest.json'));
    expect(again.texts.map(({ id }: { id: string }) => id)).toEqual(['b.png', 'broken.png']);
  });

  test('--on-error skip leaves out what cannot be read, and says so', async () => {
    const out = join(folder, 'skip');
    const missing = join(folder, 'missing.png');
    const { code, stdout, stderr } = await cli([
      ...[
        'embed',
        images[0] ?? '',
        broken,
        missing,
        images[1] ?? '',
        '--on-error',
        'skip',
        '--out',
        out,
        '--json',
      ],
      ...modelOptions,
    ]);
    expect(code).toBe(0);
    expect((await readNpy(join(out, 'images.npy'))).shape).toEqual([2, expected.images.dim]);
    expect((await readNpy(join(out, 'texts.npy'))).shape).toEqual([0, expected.texts.dim]);
    const manifest = await json(join(out, 'manifest.json'));
    expect(manifest.images.map(({ id }: { id: string }) => id)).toEqual(['a.png', 'b.png']);
    expect(manifest.skipped).toEqual([
      expect.objectContaining({
        id: 'broken.png',
        error: expect.stringMatching(/^UnreadableImageError: .*broken\.png: /),
        sha256: sha256(broken),
      }),
      { id: 'missing.png', error: expect.stringMatching(/^ImageNotFoundError: .*missing\.png: /) },
    ]);
    expect(JSON.parse(stdout).skipped).toEqual(manifest.skipped);
    expect(stderr).toContain('warning: skipped: UnreadableImageError');
  });

  test('without it such an image ends the command, and nothing is written', async () => {
    const out = join(folder, 'fail');
    const { code, stdout, stderr } = await cli(['embed', ...images, broken, '--out', out, ...modelOptions]);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toMatch(
      /^ImageInputError: images\[3\] \(broken\.png\): .*broken\.png: the image cannot be read/m,
    );
    expect(existsSync(out)).toBe(false);
  });

  test('an interruption ends with 130, and nothing is written', async () => {
    const out = join(folder, 'interrupted');
    const controller = new AbortController();
    const loadModel: typeof BiomedClip.load = async (source, options) => {
      const model = await BiomedClip.load(source, options);
      controller.abort('SIGINT');
      return model;
    };
    const { code, stdout, stderr } = await cli(['embed', ...images, '--out', out, ...modelOptions], {
      signal: controller.signal,
      loadModel,
    });
    expect({ code, stdout }).toEqual({ code: 130, stdout: '' });
    expect(stderr).toMatch(/InterruptedError: interrupted by SIGINT\n$/);
    expect(existsSync(out)).toBe(false);
  });

  test('f16 weights are named in the manifest and give nearly the same rows', async () => {
    const out = join(folder, 'f16');
    expect((await cli(['embed', ...images, '--dtype', 'f16', '--out', out, ...modelOptions])).code).toBe(0);
    expect((await json(join(out, 'manifest.json'))).dtype).toBe('f16');
    const { data } = await readNpy(join(out, 'images.npy'));
    const { dim } = expected.images;
    for (let row = 0; row < 3; row++) {
      let cosine = 0;
      for (let d = row * dim; d < (row + 1) * dim; d++)
        cosine += (data[d] ?? 0) * (expected.images.data[d] ?? 0);
      expect(cosine).toBeGreaterThan(0.999); // the project's bound for f16
    }
  });

  test('captions beyond the context are cut, and told of', async () => {
    const captions = join(folder, 'long.txt');
    await writeFile(captions, `short\n${'chest '.repeat(400)}\n`);
    const out = join(folder, 'long');
    const { stdout, stderr } = await cli([
      'embed',
      '--captions',
      captions,
      '--out',
      out,
      '--json',
      ...modelOptions,
    ]);
    expect(JSON.parse(stdout).truncated).toEqual([1]);
    expect(stderr).toContain('warning: captions that were cut to 256 tokens: 1');
  });
});

describe('zero-shot', () => {
  test('JSON: every label of every image, as the API’s embeddings give them', async () => {
    const labels = ['chest X-ray', 'brain MRI', 'pie chart'];
    const templates = ['this is a photo of {}', '{}'];
    const { code, stdout } = await cli([
      ...['zero-shot', ...images, '--labels', labels.join(', '), '--json'],
      ...templates.flatMap((template) => ['--template', template]),
      ...modelOptions,
    ]);
    expect(code).toBe(0);
    const result = JSON.parse(stdout);
    expect(result).toMatchObject({ model: 'model', fingerprint, untrained: true, templates });
    expect(result.results.map(({ image }: { image: string }) => image)).toEqual(images);

    const model = await BiomedClip.load(modelDirectory, { adapter: process.env.BIOMEDCLIP_ADAPTER });
    for (const [i, { labels: scores }] of result.results.entries()) {
      const cosines: number[] = [];
      for (const label of labels) {
        const { texts } = await model.embedBatch({
          texts: templates.map((text) => text.replace('{}', label)),
        });
        cosines.push(meanCosine(expected.images, i, texts));
      }
      const sum = cosines.reduce((total, cosine) => total + Math.exp(logitScale * cosine), 0);
      for (const { label, probability, cosine } of scores) {
        const reference = cosines[labels.indexOf(label)] ?? Number.NaN;
        expect(cosine).toBeCloseTo(reference, 5);
        expect(probability).toBeCloseTo(Math.exp(logitScale * reference) / sum, 3); // scale 50: 1e-5 becomes 5e-4
      }
      const order = scores.map(({ probability }: { probability: number }) => probability);
      expect(order).toEqual([...order].sort((a, b) => b - a));
    }
    model.destroy();
  });

  test('a table for people, from a labels file', async () => {
    const file = join(folder, 'labels.txt');
    await writeFile(file, 'chest X-ray, frontal\nbrain MRI\n');
    const { code, stdout, stderr } = await cli([
      ...['zero-shot', images[0] ?? '', '--labels-file', file, '--quiet'],
      ...modelOptions,
    ]);
    expect(code).toBe(0);
    const lines = stdout.trimEnd().split('\n');
    expect(lines).toHaveLength(4);
    expect(lines[0]).toBe(images[0]);
    const row = /^ +([\d.]+) % {2}cosine +-?0\.\d{3} {2}(.+)$/;
    const rows = lines.slice(1, 3).map((line) => row.exec(line) ?? []);
    expect(rows.map(([, , label]) => label).sort()).toEqual(['brain MRI', 'chest X-ray, frontal']);
    expect(Number(rows[0]?.[1]) + Number(rows[1]?.[1])).toBeCloseTo(100, 0);
    expect(lines[3]).toContain('untrained');
    expect(stderr).toContain('untrained');
  });
});

/** Cosine of image row i with the normalised mean of the texts. */
function meanCosine({ data, dim }: EmbedResult['images'], row: number, texts: EmbedResult['texts']): number {
  let [product, square] = [0, 0];
  for (let d = 0; d < dim; d++) {
    let sum = 0;
    for (let t = 0; t < texts.rows; t++) sum += texts.data[t * dim + d] ?? 0;
    product += sum * (data[row * dim + d] ?? 0);
    square += sum * sum;
  }
  return product / Math.sqrt(square);
}

test('a model that does not exist, and an adapter that does not', async () => {
  const noModel = await cli([
    'embed',
    ...images,
    '--out',
    join(folder, 'x'),
    '--model',
    join(folder, 'nothing'),
  ]);
  expect(noModel).toMatchObject({ code: 1, stdout: '' });
  expect(noModel.stderr).toMatch(/^DirectoryNotFoundError: /);
  const adapter = ['--model', modelDirectory, '--adapter', 'no such adapter'];
  const noAdapter = await cli(['zero-shot', ...images, '--labels', 'a,b', ...adapter]);
  expect(noAdapter).toMatchObject({ code: 1, stdout: '' });
  expect(noAdapter.stderr).toMatch(/^NoAdapterError: no WebGPU adapter matches "no such adapter"/);
});

// The built program, where `npm run build` has made it.
const built = new URL('../dist/node/cli.js', import.meta.url).pathname;
test.skipIf(!existsSync(built))(
  'a worker that aborts its batch and disposes of its model can be terminated: the process lives on',
  async () => {
    const library = new URL('../dist/node/index.js', import.meta.url).href;
    const main = new URL('worker-end/main.mjs', import.meta.url).pathname;
    const argv = [main, library, modelDirectory, ...adapterOptions.slice(1)];
    const { stdout } = await withDist(() => promisify(execFile)(process.execPath, argv)); // rejects unless it exits with 0
    expect(stdout).toBe('alive\n');
  },
);

test.skipIf(!existsSync(built))('the built program runs on its default model', async () => {
  const out = join(folder, 'built');
  const argv = [built, 'embed', ...images, '--out', out, '--json', ...adapterOptions];
  const env = { ...process.env, XDG_CACHE_HOME: join(folder, 'cache') };
  const { stdout } = await withDist(() => promisify(execFile)(process.execPath, argv, { env }));
  expect(JSON.parse(stdout).images.rows).toBe(3);
  const wrong = await promisify(execFile)(process.execPath, [built, 'embed']).catch((error) => error);
  expect(wrong).toMatchObject({ code: 2, stdout: '' });
});
