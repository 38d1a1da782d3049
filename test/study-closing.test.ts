// What a study says of closing the gap: the answers are held against set figures, the files and refusals against the
// command line's promises. The model is a seeded tiny one.
import { createHash } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ClosingReport, HeldOutMeasure } from '../src/closing-data.ts';
import { loadGapClosing, releaseGpu } from '../src/index.ts';
import { readNpy } from '../src/node/npy.ts';
import { closingAnswer } from '../src/node/study/closing-answer.ts';
import { adapterOptions, cli, tinyModel } from './support/cli-run.ts';
import { writePairs } from './support/study-run.ts';

let folder: string;
let modelOptions: string[];
let captions: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'study-closing-'));
  ({ options: modelOptions } = await tinyModel(folder));
  captions = await writePairs(join(folder, 'pairs'), 9, (i) => `class ${i % 3}`);
});
afterAll(async () => {
  await rm(folder, { recursive: true });
  await releaseGpu();
});

const inFolder = (name: string) => join(folder, name);
const json = async (name: string) => JSON.parse(await readFile(inFolder(name), 'utf8'));
const bytes = (name: string) => readFile(inFolder(name));
const run = (...argv: string[]) => cli([...argv, ...modelOptions]);
const study = (out: string, ...more: string[]) =>
  run('study', captions, '--out', inFolder(out), '--max-iter', '250', '--json', ...more);

describe('study --closing', () => {
  test('auto, of nine pairs: a section that claims nothing, the closing beside it, raw embeddings', async () => {
    expect((await study('raw')).code).toBe(0);
    const { code, stdout } = await study('auto', '--closing', 'auto');
    expect(code).toBe(0);
    const answer = JSON.parse(stdout).answers.at(-1);
    expect(answer).toMatchObject({ id: 'closing', question: 'Can the gap be closed?' });
    expect(answer.verdict).toBe('9 pairs are too few to tell');
    expect(answer.text).toContain('Center was fitted on these pairs: 9 rows tell the means and no more.');
    expect(answer.text).toContain('nothing can be claimed');
    const html = await readFile(inFolder('auto/report.html'), 'utf8');
    expect(html).toContain('<section id="closing-question">');
    expect(html).toContain('Closed by center: t-SNE');
    expect([html.includes('id="tsne-before"'), html.includes('id="closing-front"')]).toEqual([true, false]);
    expect(await readdir(inFolder('auto/figures'))).toContain('tsne-closed-light.svg');
    const { report } = await loadGapClosing(inFolder('auto/closing.safetensors'));
    const { fingerprint } = await json('auto/manifest.json');
    expect(report).toMatchObject({ method: 'center', fingerprint, groups: 3 });
    expect(await bytes('auto/images.npy')).toEqual(await bytes('raw/images.npy'));
  });

  test('a file: these pairs before and after; raw embeddings are used again, with and without', async () => {
    const { code, stdout, stderr } = await study('auto', '--closing', inFolder('auto/closing.safetensors'));
    expect(code).toBe(0);
    expect(stderr).toContain('are used again');
    const { answers, closing } = JSON.parse(stdout);
    expect(answers.at(-1).text).toContain('On the pairs of this study, which it may have been fitted on:');
    expect(closing.changes.map(({ name }: { name: string }) => name)).toContain('distributionGap');
    const plain = await study('auto');
    expect(plain.stderr).toContain('are used again');
    expect(JSON.parse(plain.stdout).closing).toBeUndefined();
  });

  test('what embed closed is neither used again nor closed once more', async () => {
    const closing = inFolder('auto/closing.safetensors');
    const embedded = await run(
      ...['embed', '--captions', captions, '--out', inFolder('closed'), '--closing', closing, '--json'],
    );
    expect(embedded.code).toBe(0);
    const sha256 = createHash('sha256')
      .update(await readFile(closing))
      .digest('hex');
    const manifest = await json('closed/manifest.json');
    const { logitScale } = (await loadGapClosing(closing)).report;
    expect(manifest).toMatchObject({ closing: { method: 'center', sha256 }, logitScale });
    expect(JSON.parse(embedded.stdout).closing).toEqual(manifest.closing);
    const raw = await readNpy(inFolder('raw/images.npy'));
    const [rows = 0, dim = 0] = raw.shape;
    const expected = await (await loadGapClosing(closing)).images({ data: raw.data, rows, dim });
    const { data } = await readNpy(inFolder('closed/images.npy'));
    for (const [at, value] of data.entries()) expect(value).toBeCloseTo(expected.data[at] ?? 0, 4);

    const source = ['study', inFolder('closed'), '--out', inFolder('twice'), '--closing', 'auto'];
    const twice = await cli([...source, '--max-iter', '250', ...adapterOptions]);
    expect(twice).toMatchObject({ code: 1, stderr: expect.stringContaining('AlreadyClosedError') });
    const reused = await study('closed', '--force');
    expect(reused.stderr).toContain('are not used again: their gap is closed');
    expect((await json('closed/manifest.json')).closing).toBeUndefined();
  });

  test('a file that is no closing is refused before anything is embedded', async () => {
    const { code, stdout, stderr } = await study('none', '--closing', captions);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toContain('captions.csv');
    expect(await readdir(folder)).not.toContain('none');
  });
});

test('zero-shot --closing says so, and its probabilities use the closing’s logit scale', async () => {
  const image = join(folder, 'pairs', '00.png');
  const closing = inFolder('auto/closing.safetensors');
  const argv = ['zero-shot', image, '--labels', 'a,b', '--closing', closing];
  const { stdout } = await run(...argv, '--json');
  const { results, closing: entry } = JSON.parse(stdout);
  expect(entry).toMatchObject({ method: 'center', sha256: expect.stringMatching(/^[\da-f]{64}$/) });
  const { logitScale = 0 } = (await loadGapClosing(closing)).report;
  const [first, second] = results[0].labels;
  const odds = Math.exp(logitScale * (first.cosine - second.cosine));
  expect(first.probability).toBeCloseTo(odds / (1 + odds), 4);
  expect((await run(...argv)).stdout).toContain(`(closed by center, ${closing})`);
});

describe('the answer', () => {
  const measure = (name: string, before: number, after: number, width: number, floor?: number) => ({
    ...{ name, before, after, difference: after - before },
    ...{ low: after - before - width, high: after - before + width },
    ...(floor === undefined ? {} : { floor }),
  });
  const answer = (measures: HeldOutMeasure[], heldOut: object = {}) => {
    const report: ClosingReport = {
      ...{
        method: 'transport',
        strength: 0.5,
        seed: 0,
        dim: 8,
        outDim: 8,
        warnings: ['few groups'],
        version: '1',
      },
      rows: { images: 400, texts: 400 },
      heldOut: { ...{ folds: 5, byGroup: true, pairs: 400, supportsClaims: true }, measures, ...heldOut },
    };
    return closingAnswer({ report } as Parameters<typeof closingAnswer>[0]);
  };

  test.each([
    [
      [0.3, 0.01, 0.006],
      'Almost, as far as the shapes go: the distribution gap falls from 0.300 to 0.010, by chance 0.006',
    ],
    [[0.3, 0.1, 0.006], 'In part: the distribution gap falls from 0.300 to 0.100, by chance 0.006'],
    [[0.3, 0.25, 0.2], 'In part: the distribution gap falls from 0.300 to 0.250, by chance 0.200'], // 2 floors from the start
    [[0.3, 0.3, 0.006], 'No'],
  ])('distribution gap before, after, by chance %j: %s', (gap, verdict) => {
    const [before = 0, after = 0, floor = 0] = gap;
    expect(answer([measure('distributionGap', before, after, 0.002, floor)]).verdict).toBe(verdict);
  });

  test('centroids alone', () => {
    const measures = [
      measure('distributionGap', 0.3, 0.3, 0.01, 0.01),
      measure('centroidDistance', 0.7, 0.1, 0.01),
    ];
    expect(answer(measures).verdict).toBe(
      'Only the centroids: their distance falls from 0.700 to 0.100, and the shapes stay as they are',
    );
  });

  test('sentences with the interval, no change where it holds 0, warnings, and what few pairs a fold say', () => {
    const measures = [
      measure('meanAveragePrecision', 0.5, 0.8, 0.02),
      measure('retrieval.textToImage.recallAt10', 0.5, 0.51, 0.02),
    ];
    const { text } = answer(measures);
    expect(text).toContain('Held out: 400 pairs in 5 folds, whole groups held out.');
    expect(text).toContain('rises from 0.500 to 0.800 (change 0.300, 95 % interval 0.280 to 0.320).');
    expect(text).toContain('Text to image, recall@10: no change shown, 0.500 before and 0.510 after');
    expect(text).toContain('Warning: few groups.');
    expect(text).not.toContain('A fold judges');
    expect(answer(measures, { pairs: 90 }).text).toMatch(
      /A fold judges about 18 pairs, .* recall is higher than in a search among all/,
    );
    expect(answer(measures, { byGroup: false }).text).toContain('not for new subjects');
    const few = answer(measures, { supportsClaims: false, pairs: 20 });
    expect(few.verdict).toBe('20 pairs are too few to tell');
    expect(few.text).not.toMatch(/rises|falls/);
  });
});
