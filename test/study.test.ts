// The judges: NumPy-like arithmetic here on the embeddings that a study wrote, the API's own embeddings for what was
// resumed, and the promises of the command line. The model is a seeded tiny one.
import { existsSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { AxeResults } from 'axe-core';
import { chromium } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { BiomedClip } from '../src/index.ts';
import { PairIdsError } from '../src/metrics/gap/errors.ts';
import { readNpy, writeNpy } from '../src/node/npy.ts';
import { readEmbeddingSet } from '../src/node/study/embedding-set.ts';
import { defaultPerplexity, expectMeasurable } from '../src/node/study/measure.ts';
import { shortCaptions } from '../src/node/study/pairs.ts';
import { CHROMIUM } from './support/chromium.ts';
import { adapterOptions, cli, tinyModel } from './support/cli-run.ts';
import { testGpu, withLimits } from './support/gpu.ts';
import { counting, writePairs } from './support/study-run.ts';

type Axe = { run(): Promise<AxeResults> };

const EXAMPLES = fileURLToPath(new URL('../examples/biomed', import.meta.url));
const FAST = ['--max-iter', '250'];
/** Without rows. */
const MANIFEST = { model: 'm', dtype: 'f32', adapter: 'none', images: [], texts: [], skipped: [] };

let folder: string;
let modelOptions: string[];
let modelDirectory: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'study-'));
  ({ directory: modelDirectory, options: modelOptions } = await tinyModel(folder));
});
afterAll(() => rm(folder, { recursive: true }));

const json = async (path: string) => JSON.parse(await readFile(path, 'utf8'));

const pairsCsv = (name: string, count: number, label?: (i: number) => string) =>
  writePairs(join(folder, name), count, label);

describe('the example set’s first nine pairs', () => {
  let out: string;
  let result: Record<string, unknown> & {
    answers: { id: string; question: string; verdict: string; text: string }[];
    meanDistance: { matched: number; mismatched: number };
    nearestByDistance: { imageToText: number; textToImage: number };
    gap: { centroidDistance: { value: number } };
    tsne: { perplexity: number; method: string };
  };
  let stderr: string;

  beforeAll(async () => {
    out = join(folder, 'nine');
    const run = await cli([
      'study',
      EXAMPLES,
      '--first',
      '9',
      '--out',
      out,
      '--json',
      ...FAST,
      ...modelOptions,
    ]);
    expect(run.code).toBe(0);
    result = JSON.parse(run.stdout);
    stderr = run.stderr;
  });

  test('writes the report, tables, pictures and embeddings, and removes its parts', async () => {
    expect((await readdir(out)).sort()).toEqual([
      ...['cosines.csv', 'distances.csv', 'figures', 'gap.csv', 'images.npy', 'manifest.json', 'pairs.csv'],
      ...['report.html', 'study.json', 'texts.npy', 'tsne.csv'],
    ]);
    const figures = await readdir(join(out, 'figures'));
    for (const name of ['heatmap', 'tsne', 'cosines', 'distances']) {
      for (const end of ['svg', 'pdf', 'png'])
        expect(figures).toEqual(expect.arrayContaining([`${name}-light.${end}`, `${name}-dark.${end}`]));
    }
    const { fingerprint } = await json(join(out, 'manifest.json'));
    expect(fingerprint).toMatch(/^[\da-f]{64}$/);
    expect(await readFile(join(out, 'report.html'), 'utf8')).toContain(fingerprint);
    expect(await json(join(out, 'study.json'))).toMatchObject({
      fingerprint,
      pairs: 9,
      untrained: true,
      answers: result.answers,
    });
  });

  test.skipIf(!existsSync(CHROMIUM))(
    'the report in a browser: legible, and as wide as the screen',
    async () => {
      const axe = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
      await using browser = await chromium.launch({ executablePath: CHROMIUM, args: ['--no-sandbox'] });
      const page = await browser.newPage();
      await page.goto(pathToFileURL(join(out, 'report.html')).href);
      await page.evaluate(() => {
        for (const details of document.querySelectorAll('details')) details.open = true;
      });
      for (const colorScheme of ['light', 'dark'] as const) {
        for (const [width, cut] of [
          [1280, false],
          [390, true],
        ] as const) {
          await page.emulateMedia({ colorScheme });
          await page.setViewportSize({ width, height: 844 });
          await page.evaluate(axe);
          const found = await page.evaluate(async () => {
            const { violations } = await (window as unknown as { axe: Axe }).axe.run();
            const serious = violations.filter(({ impact }) => impact === 'serious' || impact === 'critical');
            const hint = document.querySelector('#pairs .hint');
            return {
              serious: serious.map(({ id, nodes }) => `${id}: ${nodes[0]?.target}`),
              width: document.documentElement.scrollWidth,
              hint: hint?.checkVisibility(),
            };
          });
          expect(found).toEqual({ serious: [], width, hint: cut });
        }
      }
    },
  );

  test('its numbers are those of the embeddings', async () => {
    const [images, texts] = [await readNpy(join(out, 'images.npy')), await readNpy(join(out, 'texts.npy'))];
    const dim = images.shape[1] ?? 0;
    const distance = (i: number, t: number) =>
      Math.hypot(
        ...Array.from(
          { length: dim },
          (_, d) => (images.data[i * dim + d] ?? 0) - (texts.data[t * dim + d] ?? 0),
        ),
      );
    const nine = [...Array(9).keys()];
    const table = nine.map((i) => nine.map((t) => distance(i, t)));
    const nearest = nine.filter((i) => Math.min(...(table[i] ?? [])) === table[i]?.[i]).length;
    const matched = nine.reduce((sum, i) => sum + distance(i, i), 0) / 9;
    const all = table.flat().reduce((sum, value) => sum + value, 0);
    expect(result.nearestByDistance.imageToText).toBeCloseTo(nearest / 9, 10);
    expect(result.meanDistance.matched).toBeCloseTo(matched, 5);
    expect(result.meanDistance.mismatched).toBeCloseTo((all - 9 * matched) / 72, 5);
    const mean = (data: Float32Array, d: number) =>
      nine.reduce((sum, i) => sum + (data[i * dim + d] ?? 0), 0) / 9;
    const gap = Math.hypot(
      ...Array.from({ length: dim }, (_, d) => mean(images.data, d) - mean(texts.data, d)),
    );
    expect(result.gap.centroidDistance.value).toBeCloseTo(gap, 5);
    expect(result.tsne).toMatchObject({ perplexity: 3, method: 'exact' }); // as the nine captions were first drawn

    const [header, ...rows] = (await readFile(join(out, 'distances.csv'), 'utf8')).trimEnd().split('\n');
    expect(header?.split(',')).toHaveLength(10);
    for (const [i, row] of rows.entries()) {
      for (const [t, value] of row.split(',').slice(1).entries())
        expect(Number(value)).toBeCloseTo(table[i]?.[t] ?? 0, 5);
    }
    const pairs = (await readFile(join(out, 'pairs.csv'), 'utf8')).trimEnd().split('\n');
    expect(pairs).toHaveLength(10);
    expect(Number(pairs[1]?.split(',')[4])).toBeCloseTo(distance(0, 0), 5);
    expect((await readFile(join(out, 'tsne.csv'), 'utf8')).trimEnd().split('\n')).toHaveLength(19);
  });

  test('the report answers each question with numbers above its pictures, and says that the model is untrained', async () => {
    const html = (await readFile(join(out, 'report.html'), 'utf8')).replaceAll('&nbsp;', ' ');
    expect(result.answers.map(({ id }) => id)).toEqual(['nearest', 'quadrants', 'tsne', 'gap', 'aligned']);
    let at = html.indexOf('This model is untrained, so its results mean nothing.');
    expect(at).toBeGreaterThan(0);
    for (const { id, question, verdict } of result.answers) {
      const section = html.indexOf(`<section id="${id}-question"`, at);
      expect(section).toBeGreaterThan(at);
      expect(html.indexOf(question, section)).toBeGreaterThan(section);
      expect(html.indexOf(verdict, section)).toBeGreaterThan(section);
      at = section;
    }
    const nearest = Math.round(result.nearestByDistance.imageToText * 9);
    expect(result.answers[0]?.text).toContain(
      `For ${nearest} of 9 images the matching caption is the nearest`,
    );
    expect(html.match(/<figure /g)).toHaveLength(4);
    expect(html.match(/<img src="data:image\/jpeg/g)).toHaveLength(9);
    expect(stderr).toContain('this model is untrained');
  });

  test('the report needs no other file, and is for phones and both themes', async () => {
    const html = await readFile(join(out, 'report.html'), 'utf8');
    const links = [
      ...html.replace(/<pre[\s\S]*?<\/pre>/g, '').matchAll(/(?:src|href|url)\s*[=(]\s*["']?([^"')\s>]+)/g),
    ].map(([, target]) => target ?? '');
    expect(links.length).toBeGreaterThan(0);
    for (const link of links) {
      if (!/^(data:|#)/.test(link)) expect(existsSync(join(out, link)), link).toBe(true); // written beside it
    }
    expect(html).not.toMatch(/<(script [^>]*src|link|iframe)\b|@import/);
    expect(html).toContain('name="viewport"');
    expect(html).toContain('prefers-color-scheme:dark');
    expect(html.replaceAll(/base64,[\w+/=]+/g, '')).not.toContain('NaN');
    expect(html.length).toBeLessThan(300_000);
  });

  test('again: no model is loaded, until an image changes', async () => {
    const loaded = counting();
    const argv = ['study', EXAMPLES, '--first', '9', '--out', out, ...FAST, ...modelOptions];
    const again = await cli(argv, { loadModel: loaded.loadModel });
    expect(again).toMatchObject({ code: 0 });
    expect(again.stderr).toContain('are used again');
    expect(loaded.state.loads).toBe(0);
    expect(again.stdout).toContain('Do matching pairs have the smallest Euclidean distance?');
  });

  test('its directory is itself a source of embeddings', async () => {
    const copy = join(folder, 'copy');
    const { code, stdout } = await cli(['study', out, '--out', copy, '--json', ...FAST, ...adapterOptions]);
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      pairs: 9,
      meanDistance: result.meanDistance,
      untrained: true,
    });
    expect(existsSync(join(copy, 'images.npy'))).toBe(false);
  });
});

describe('resuming', () => {
  test('an interrupted study goes on after the parts that it wrote', async () => {
    const csv = await pairsCsv('resumed', 20);
    const out = join(folder, 'resumed-out');
    const argv = ['study', csv, '--out', out, ...FAST, ...modelOptions];

    const controller = new AbortController();
    const first = counting((call) => {
      if (call === 1) controller.abort('SIGINT'); // the second part
    });
    const interrupted = await cli(argv, { signal: controller.signal, loadModel: first.loadModel });
    expect(interrupted).toMatchObject({ code: 130, stdout: '' });
    expect(first.state.images).toBe(16);
    expect(existsSync(join(out, 'report.html'))).toBe(false);

    const second = counting();
    const resumed = await cli(argv, { loadModel: second.loadModel });
    expect(resumed.code).toBe(0);
    expect(resumed.stderr).toContain('16 of 20 pairs are there already');
    expect(second.state.images).toBe(4);
    expect(existsSync(join(out, 'embedding-parts'))).toBe(false);

    const model = await BiomedClip.load(modelDirectory, { adapter: process.env.BIOMEDCLIP_ADAPTER });
    const { images, texts } = await readEmbeddingSet(out);
    const whole = await model.embedBatch({
      images: images.ids.map((id) => join(folder, 'resumed', id)),
      texts: images.ids.map((_, i) => `caption ${i}`),
    });
    model.destroy();
    for (const [ours, theirs] of [
      [images, whole.images],
      [texts, whole.texts],
    ] as const) {
      expect([ours.rows, ours.dim]).toEqual([20, theirs.dim]);
      // The same rows in other batches: only the order of sums may differ.
      for (const [i, value] of ours.data.entries())
        expect(Math.abs(value - (theirs.data[i] ?? 9))).toBeLessThan(1e-5);
    }
  });

  test('a second study of the folder at once is refused; other captions begin anew', async () => {
    const csv = await pairsCsv('changed', 3);
    const out = join(folder, 'changed-out');
    const argv = ['study', csv, '--out', out, ...FAST, ...modelOptions];
    let other: Awaited<ReturnType<typeof cli>> | undefined;
    const first = counting(undefined, async () => {
      other = await cli([...argv, '--force', '--json']); // while this one is at work
    });
    expect((await cli(argv, { loadModel: first.loadModel })).code).toBe(0);
    expect(other).toMatchObject({ code: 1, stdout: '' });
    expect(JSON.parse(other?.stderr ?? '').error).toMatchObject({
      name: 'OutputInUseError',
      holder: { pid: process.pid },
    });
    expect((await readEmbeddingSet(out)).images.rows).toBe(3);
    expect(await readdir(out)).not.toContain('.biomedclip.lock');
    await writeFile(csv, (await readFile(csv, 'utf8')).replace('caption 1', 'another caption'));
    const second = counting();
    expect((await cli([...argv, '--force'], { loadModel: second.loadModel })).code).toBe(0);
    expect(second.state.images).toBe(3);
  });
});

test('--on-error skip leaves pairs out, says so, and does not embed them again', async () => {
  const csv = await pairsCsv('broken', 5);
  await writeFile(join(folder, 'broken', '02.png'), 'no image');
  const out = join(folder, 'broken-out');
  const argv = ['study', csv, '--out', out, '--on-error', 'skip', '--json', ...FAST, ...modelOptions];
  const { code, stdout, stderr } = await cli(argv);
  expect(code).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject({ pairs: 4, skipped: 1 });
  expect(stderr).toMatch(/warning: skipped: UnreadableImageError/);
  expect(await readFile(join(out, 'report.html'), 'utf8')).toContain(
    '1 pair, because its image could not be read',
  );
  const { pairs } = await readEmbeddingSet(out);
  expect(pairs.map(({ caption }) => caption)).toEqual(['caption 0', 'caption 1', 'caption 3', 'caption 4']);
  const again = counting();
  await cli(argv, { loadModel: again.loadModel });
  expect(again.state.loads).toBe(0);

  await writeFile(csv, 'image,caption\n02.png,broken\n03.png,alone\n');
  const alone = await cli([
    'study',
    csv,
    '--out',
    join(folder, 'none'),
    '--on-error',
    'skip',
    ...modelOptions,
  ]);
  expect(alone).toMatchObject({ code: 1, stdout: '' });
  expect(alone.stderr).toMatch(
    /^TooFewPairsError: .*needs at least 2, got 1; 1 were left out, see the warnings above/m,
  );
});

test('a CSV’s column label colours the map', async () => {
  const csv = await pairsCsv('labelled', 14, (i) => `kind ${i % 3}`);
  const out = join(folder, 'labelled-out');
  const { stdout } = await cli(['study', csv, '--out', out, ...FAST, ...modelOptions]);
  expect(stdout).toMatch(/nearest neighbour has the same label for [\d.]+ % of points \(by chance 31 %\)/); // 5, 5 and 4 of 14 pairs
  const svg = await readFile(join(out, 'figures', 'tsne-light.svg'), 'utf8');
  await pairsCsv('labelled', 14, (i) => `sort ${i % 2}`); // other labels of the same pairs
  const again = counting();
  expect(
    (await cli(['study', csv, '--out', out, ...FAST, ...modelOptions], { loadModel: again.loadModel })).code,
  ).toBe(0);
  expect(again.state.loads).toBe(0);
  expect((await readEmbeddingSet(out)).pairs.map(({ label }) => label).slice(0, 3)).toEqual([
    'sort 0',
    'sort 1',
    'sort 0',
  ]);
  for (const text of [
    'kind 0',
    'kind 1',
    'kind 2',
    '@font-face{font-family:Inter;font-weight:600;src:url(data:font/woff2;base64,',
  ])
    expect(svg).toContain(text);
});

test('labels go through the folder that embed wrote', async () => {
  const csv = await pairsCsv('embedded-labels', 14, (i) => `kind ${i % 3}`);
  const [source, out] = [join(folder, 'embedded'), join(folder, 'embedded-out')];
  expect((await cli(['embed', '--captions', csv, '--out', source, ...modelOptions])).code).toBe(0);
  const { pairs } = await readEmbeddingSet(source);
  expect(pairs.map(({ label }) => label)).toEqual(pairs.map((_, i) => `kind ${i % 3}`));
  const { stdout } = await cli(['study', source, '--out', out, ...FAST, ...adapterOptions]);
  expect(stdout).toMatch(/nearest neighbour has the same label for [\d.]+ % of points \(by chance 31 %\)/);
  expect((await readFile(join(out, 'pairs.csv'), 'utf8')).split('\n')[2]).toContain(',kind 1,');
});

test('more pairs than a matrix is drawn of: the sample is announced, and the matrices are not written', async () => {
  const source = join(folder, 'many');
  const [n, dim] = [510, 6];
  const rows = (seed: number) =>
    Float32Array.from({ length: n * dim }, (_, i) => Math.sin(seed * (i + 1) * 12.9898));
  await cli(['study', await pairsCsv('few', 2), '--out', source, ...FAST, ...modelOptions]); // makes the directory
  await writeNpy(join(source, 'images.npy'), { shape: [n, dim], data: rows(1) });
  await writeNpy(join(source, 'texts.npy'), { shape: [n, dim], data: rows(2) });
  const entries = Array.from({ length: n }, (_, i) => ({
    id: `${i}`,
    path: `${i}.png`,
    caption: `caption ${i}`,
  }));
  const manifest = { ...MANIFEST, images: entries, texts: entries };
  await writeFile(join(source, 'manifest.json'), JSON.stringify(manifest));
  const out = join(folder, 'many-out');
  const { code, stderr } = await cli(['study', source, '--out', out, ...FAST, ...adapterOptions]);
  expect({ code, stderr }).toMatchObject({ code: 0 });
  const html = await readFile(join(out, 'report.html'), 'utf8');
  expect(html).toContain('the heatmap and the histograms show 500 of 510 pairs, evenly sampled');
  expect(html).toContain('The 40 pairs that are furthest apart, of 510');
  expect(html.length).toBeLessThan(2e6);
  const files = await readdir(out);
  expect(files).toContain('pairs.csv');
  expect(files).not.toContain('cosines.csv');
});

describe('what cannot be studied', () => {
  test.each([
    ['captions without images', 'id,caption\na,b\n', 2, /^UsageError: .*needs the column image/m],
    ['a single pair', 'image,caption\na.png,b\n', 1, /^TooFewPairsError: .*needs at least 2, got 1$/m],
    ['an empty CSV', 'image,caption\n', 1, /^NoCaptionsError: /m],
    [
      'an image that is missing',
      'image,caption\nnothing.png,b\nnothing.png,c\n',
      1,
      /^ImageInputError: .*nothing\.png/m,
    ],
  ])('%s', async (_, content, code, message) => {
    const csv = join(folder, 'bad.csv');
    await writeFile(csv, content);
    const run = await cli(['study', csv, '--out', join(folder, 'bad-out'), ...modelOptions]);
    expect(run).toMatchObject({ code, stdout: '' });
    expect(run.stderr).toMatch(message);
    expect(existsSync(join(folder, 'bad-out', 'report.html'))).toBe(false);
  });

  test('a directory without captions.csv', async () => {
    const run = await cli(['study', modelDirectory, '--out', join(folder, 'x'), ...modelOptions]);
    expect(run.code).toBe(2);
    expect(run.stderr).toMatch(/^UsageError: .*has no captions\.csv/m);
  });

  test('a perplexity of as many as there are points is refused before anything is embedded', async () => {
    const loaded = counting();
    const argv = [
      'study',
      EXAMPLES,
      '--first',
      '3',
      '--perplexity',
      '6',
      '--out',
      join(folder, 'x'),
      ...modelOptions,
    ];
    const run = await cli(argv, { loadModel: loaded.loadModel });
    expect(run.code).toBe(1);
    expect(run.stderr).toMatch(/^PerplexityError: /m);
    expect(loaded.state.loads).toBe(0);
  });

  test('pairs that the host has no memory to measure are refused before anything is embedded', async () => {
    const free = vi.spyOn(process, 'availableMemory').mockReturnValue(60_000);
    const loaded = counting();
    const argv = ['study', EXAMPLES, '--first', '3', '--out', join(folder, 'x'), ...modelOptions];
    const run = await cli(argv, { loadModel: loaded.loadModel }).finally(() => free.mockRestore());
    expect(run.code).toBe(1);
    expect(run.stderr).toMatch(
      /^HostMemoryError: modalityGap: 3 pairs takes .* are free; study fewer pairs, with --first$/m,
    );
    expect(loaded.state.images).toBe(0);
  });

  test('pairs that a device has no room to measure are refused with numbers, a perplexity that asks for less is taken', async () => {
    const gpu = await testGpu();
    const small = withLimits(gpu, 4 * 2000 * 50);
    const refused = () => expectMeasurable(small, { rows: 1000, dim: 64 }, {});
    expect(refused).toThrow(
      'tsne: 91 neighbours of each of 2,000 points (bytes) needs 728,000, the device allows 400,000; lower the',
    );
    expect(() => expectMeasurable(small, { rows: 1000, dim: 64 }, { perplexity: 15 })).not.toThrow();
    expect(() => expectMeasurable(gpu, { rows: 33_000, dim: 512 }, {})).not.toThrow();
    gpu.destroy();
  });

  test('embeddings that do not form pairs', async () => {
    const source = join(folder, 'unpaired');
    await writeNpy(join(source, 'images.npy'), { shape: [2, 2], data: Float32Array.of(1, 0, 0, 1) });
    await writeNpy(join(source, 'texts.npy'), { shape: [1, 2], data: Float32Array.of(1, 0) });
    const write = (manifest: object) => writeFile(join(source, 'manifest.json'), JSON.stringify(manifest));
    const base = { ...MANIFEST, texts: [{ id: 'a', caption: '' }] };
    const image = (id: string) => ({ id, path: id });
    await write({ ...base, images: [image('a'), image('b')] });
    expect(await readEmbeddingSet(source)).toMatchObject({
      pairs: [{ id: 'a', path: 'a', caption: '' }],
      alone: { images: ['b'], texts: [] },
    });
    await write({ ...base, images: [image('b'), image('c')] });
    await expect(readEmbeddingSet(source)).rejects.toThrow(new PairIdsError(['b', 'c'], ['a'], []));
    await write({ ...base, images: [image('a')] });
    await expect(readEmbeddingSet(source)).rejects.toThrow(
      /images\.npy: is \[2, 2\], and its manifest names 1 rows/,
    );
    await writeNpy(join(source, 'images.npy'), { shape: [1, 3], data: Float32Array.of(1, 0, 0) });
    await expect(readEmbeddingSet(source)).rejects.toThrow(/has images of 3 dimensions and texts of 2/);
    await write({ ...base, images: [image('a')], files: { images: '0'.repeat(64), texts: '0'.repeat(64) } });
    await expect(readEmbeddingSet(source)).rejects.toThrow(/images\.npy: is another file than its manifest/);
  });

  test('a damaged manifest is refused by its field, before any work on the GPU', async () => {
    const source = join(folder, 'damaged');
    const rows = { shape: [2, 2], data: Float32Array.of(1, 0, 0, 1) };
    for (const kind of ['images', 'texts']) await writeNpy(join(source, `${kind}.npy`), rows);
    const images = ['a', 'b'].map((id) => ({ id, path: id }));
    const texts = ['a', 'b'].map((id) => ({ id, caption: 'a caption' }));
    for (const [damage, field] of [
      [{ skipped: undefined }, 'skipped'],
      [{ adapter: undefined }, 'adapter'],
      [{ images: [images[0], null] }, 'images[1]'],
      [{ texts: [texts[0], { id: 'b', caption: 3 }] }, 'texts[1].caption'],
    ] as const) {
      await writeFile(
        join(source, 'manifest.json'),
        JSON.stringify({ ...MANIFEST, images, texts, ...damage }),
      );
      // An adapter that nobody has: whoever asked for one would end in another error.
      const argv = ['study', source, '--out', join(folder, 'x'), '--adapter', 'no such adapter'];
      const run = await cli(argv);
      expect(run).toMatchObject({ code: 1, stdout: '' });
      expect(run.stderr).toContain('ManifestFieldError: ');
      expect(run.stderr).toContain(`manifest.json: ${field} must be `);
    }
  });

  test('texts in another order are paired by their ids', async () => {
    const source = join(folder, 'crossed');
    await writeNpy(join(source, 'images.npy'), { shape: [2, 1], data: Float32Array.of(1, 2) });
    await writeNpy(join(source, 'texts.npy'), { shape: [2, 1], data: Float32Array.of(20, 10) });
    const images = ['a', 'b'].map((id) => ({ id, path: id }));
    const texts = ['b', 'a'].map((id) => ({ id, caption: `caption ${id}` }));
    await writeFile(join(source, 'manifest.json'), JSON.stringify({ ...MANIFEST, images, texts }));
    const set = await readEmbeddingSet(source);
    expect([...set.texts.data]).toEqual([10, 20]);
    expect(set.pairs.map(({ caption }) => caption)).toEqual(['caption a', 'caption b']);
  });
});

test('what all captions begin with is not repeated in pictures', () => {
  expect(shortCaptions(['this is a photo of bone X-ray', 'this is a photo of brain MRI'])).toEqual([
    'bone X-ray',
    'brain MRI',
  ]);
  expect(shortCaptions(['one caption'])).toEqual(['one caption']);
  expect(shortCaptions(['same', 'same'])).toEqual(['same', 'same']);
  expect(shortCaptions(['', 'b'])).toEqual(['(empty)', 'b']);
});

test('the perplexity for few points', () => {
  expect([2, 18, 178, 10_000].map(defaultPerplexity)).toEqual([1, 3, 30, 30]);
});
