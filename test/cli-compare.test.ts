// The judges: compareGaps on the embeddings that were written, which has a test of its own, single studies of the same pairs,
// and the promises of the command line. The models are seeded tiny ones.
import { copyFile, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Gpu } from '../src/device/gpu.ts';
import { compareGaps } from '../src/metrics/gap/compare.ts';
import { comparisonJson } from '../src/node/cli/comparison-text.ts';
import { localDirectorySink } from '../src/node/files.ts';
import { readEmbeddingSet } from '../src/node/study/embedding-set.ts';
import { writeSeededModel } from '../weights/seeded.ts';
import { adapterOptions, cli } from './support/cli-run.ts';
import { testGpu } from './support/gpu.ts';
import { counting, writePairs } from './support/study-run.ts';

let gpu: Gpu;
let folder: string;
beforeAll(async () => {
  gpu = await testGpu();
  folder = await mkdtemp(join(tmpdir(), 'compare-'));
  await writePairs(join(folder, 'pairs'), 8);
  for (const [seed, name] of ['one', 'other'].entries()) {
    await writeSeededModel(localDirectorySink(join(folder, name)), { preset: 'tiny', seed });
  }
});
afterAll(async () => {
  gpu.destroy();
  await rm(folder, { recursive: true });
});

const run = (argv: string, parts?: Parameters<typeof cli>[1]) =>
  cli([...argv.split(' ').map((word) => word.replace('DIR', folder)), ...adapterOptions], parts);
const json = async (path: string) => JSON.parse(await readFile(path, 'utf8'));
const nan = (value: unknown) => JSON.parse(JSON.stringify(value));

describe('a study of two models', () => {
  const STUDY = 'study DIR/pairs/captions.csv -m DIR/one -m DIR/other -o DIR/out --max-iter 250';
  let result: { stdout: string; stderr: string; code: number };
  const interrupted = counting((call) => {
    if (call === 1) throw new Error('stopped in the second model');
  });
  const resumed = counting();
  beforeAll(async () => {
    await run(STUDY, { loadModel: interrupted.loadModel });
    result = await run(STUDY, { loadModel: resumed.loadModel });
  });

  test('it goes on where it was stopped: what the first model has embedded is used again', () => {
    expect(interrupted.state).toEqual({ images: 8, loads: 2 });
    expect(resumed.state).toEqual({ images: 8, loads: 1 });
  });

  test('one report, with each model’s own study in a folder beside it', async () => {
    expect(result).toMatchObject({ code: 0 });
    expect((await readdir(join(folder, 'out'))).sort()).toEqual([
      'comparison.csv',
      'figures',
      'models',
      'report.html',
      'study.json',
    ]);
    const figures = await readdir(join(folder, 'out/figures'));
    expect(figures.sort()).toEqual(
      ['heatmap', 'tsne'].flatMap((name) =>
        ['dark', 'light'].flatMap((theme) => ['pdf', 'png', 'svg'].map((end) => `${name}-${theme}.${end}`)),
      ),
    );
    for (const name of ['one', 'other']) {
      expect(await readdir(join(folder, 'out/models', name))).toEqual(
        expect.arrayContaining(['images.npy', 'manifest.json', 'report.html', 'study.json', 'texts.npy']),
      );
    }
    const html = await readFile(join(folder, 'out/report.html'), 'utf8');
    const { fingerprint } = await json(join(folder, 'out/models/one/manifest.json'));
    for (const part of [
      fingerprint,
      'models/other/report.html',
      'Kornblith',
      'Gambetti',
      'figures/tsne-light.pdf',
    ]) {
      expect(html).toContain(part);
    }
    expect(html.match(/<svg/g)).toHaveLength(4); // two maps and two heatmaps
    expect(html).toContain('one: This model is untrained');
    expect(result.stderr).toContain('warning: other: this model is untrained');
    expect(result.stdout).toContain('other - one, paired');
  });

  test('its numbers are those of compareGaps on the embeddings, as a table too', async () => {
    const sets = await Promise.all(
      ['one', 'other'].map((name) => readEmbeddingSet(join(folder, 'out/models', name))),
    );
    const models = sets.map(({ images, texts, manifest: { logitScale = 1 } }, i) => ({
      ...{ name: ['one', 'other'][i] ?? '', images, texts, logitScale },
    }));
    const study = await json(join(folder, 'out/study.json'));
    expect(study.comparison).toEqual(nan(comparisonJson(await compareGaps(gpu, models))));
    expect(study.provenance.models.map(({ name }: { name: string }) => name)).toEqual(['one', 'other']);
    expect(study.studies[1]).toMatchObject({ name: 'other', gap: study.comparison.models[1].gap });
    const csvLines = (await readFile(join(folder, 'out/comparison.csv'), 'utf8')).trimEnd().split('\n');
    const { value } = study.comparison.agreement[0].images.cka;
    expect(csvLines.find((line) => line.startsWith('agreement.images.cka,one,other,'))).toContain(
      String(value),
    );
  });

  test('a study of one model or of other pairs is refused there', async () => {
    const single = await run('study DIR/pairs/captions.csv -m DIR/one -o DIR/out');
    expect(single.stderr).toContain('OutputExistsError');
    await writePairs(join(folder, 'more'), 9);
    const others = await run('study DIR/more -m DIR/one -m DIR/other -o DIR/out');
    expect(others.stderr).toContain('is not of several models of');
  });

  test('the grid of maps is one figure, both names in it, as wide as two', async () => {
    const svg = await readFile(join(folder, 'out/figures/tsne-light.svg'), 'utf8');
    expect(svg).toContain('viewBox="0 0 960 ');
    expect(svg).toContain('>one</text>');
    expect(svg).toContain('>other</text>');
    const pdf = await readFile(join(folder, 'out/figures/tsne-light.pdf'), 'latin1');
    expect(pdf).toMatch(/MediaBox \[0 0 720 /);
  });

  test('embedded folders, of which names may be given; gap of the same folders has the same numbers', async () => {
    const study = await run(
      'study DIR/out/models/one DIR/out/models/other -o DIR/folders --names A,B --max-iter 250 --json',
    );
    expect(study.code).toBe(0);
    const { comparison } = JSON.parse(study.stdout);
    expect(comparison.models.map(({ name }: { name: string }) => name)).toEqual(['A', 'B']);
    const gap = await run('gap DIR/out/models/one DIR/out/models/other --names A,B --json -o DIR/gap.csv');
    expect(gap.code).toBe(0);
    const { models, differences, agreement, provenance } = JSON.parse(gap.stdout);
    expect({ models, differences, agreement }).toEqual({
      models: comparison.models,
      differences: comparison.differences,
      agreement: comparison.agreement,
    });
    expect(Object.keys(provenance.inputs)).toEqual(['A images', 'A texts', 'B images', 'B texts']);
    expect(await readFile(join(folder, 'gap.csv'), 'utf8')).toBe(
      await readFile(join(folder, 'folders/comparison.csv'), 'utf8'),
    );
  });
});

describe('gap', () => {
  test('one folder is its two files', async () => {
    const options = '--resamples 20 --permutations 20 --json';
    const byFolder = JSON.parse((await run(`gap DIR/out/models/one ${options}`)).stdout);
    const byFiles = JSON.parse(
      (await run(`gap DIR/out/models/one/images.npy DIR/out/models/one/texts.npy ${options}`)).stdout,
    );
    const bare = ({ provenance, ...report }: Record<string, unknown>) => report;
    expect(bare(byFolder)).toEqual(bare(byFiles));
  });

  test.each([
    ['gap DIR/out/models/one DIR/out/models/one', 'SameModelError'],
    [
      'gap DIR/out/models/one DIR/out/models/other/images.npy',
      'name the file of its texts after that of the images',
    ],
    ['gap DIR/out/models/one DIR/out/models/other --names A', '1 names for 2 models'],
    ['gap DIR/out/models/one DIR/out/models/other --names A,A', 'models need different names, not A, A'],
    ['gap DIR/out/models/one DIR/out/models/other -o DIR/x.npy', 'several models have no one gap vector'],
    ['gap DIR/out/models/one DIR/out/models/other --logit-scale 3', '--logit-scale is of one model'],
    ['gap DIR/out/models/one --names A', '--names is for several models'],
    ['study DIR/pairs -m DIR/one -m DIR/one -o DIR/x', 'are of the same model; name each model once'],
    ['study DIR/pairs DIR/out/models/one -o DIR/x', 'is no folder that embed or study wrote'],
    ['study DIR/pairs -m DIR/one -m DIR/other --closing auto -o DIR/x', '--closing is for one model'],
    ['study - -m DIR/one -m DIR/other -o DIR/x', 'standard input can be read once'],
  ])('%s: %s', async (argv, message) => {
    const { code, stderr } = await run(argv);
    expect(code).not.toBe(0);
    expect(stderr).toContain(message);
  });

  test('folders of other pairs, other captions, and mixed closings are told', async () => {
    const { images, texts, manifest } = await readEmbeddingSet(join(folder, 'out/models/other'));
    const write = async (name: string, change: Partial<typeof manifest>) => {
      await mkdir(join(folder, name));
      for (const file of ['images.npy', 'texts.npy']) {
        await copyFile(join(folder, 'out/models/other', file), join(folder, name, file));
      }
      await writeFile(join(folder, name, 'manifest.json'), JSON.stringify({ ...manifest, ...change }));
    };
    expect([images.rows, texts.rows]).toEqual([8, 8]);
    const [first, ...rest] = manifest.texts;
    await write('captions', { texts: [{ ...first, id: first?.id ?? '', caption: 'another' }, ...rest] });
    const captions = await run('gap DIR/out/models/one DIR/captions');
    expect(captions.stderr).toContain(
      'DifferentPairsError: one and captions were embedded from other pairs: the caption of "00.png" differs',
    );
    const renamed = <T extends { id: string }>(rows: readonly T[]) =>
      rows.map((row, i) => (i === 3 ? { ...row, id: 'new.png' } : row));
    await write('ids', { images: renamed(manifest.images), texts: renamed(manifest.texts) });
    const ids = await run('gap DIR/out/models/one DIR/ids');
    expect(ids.stderr).toContain(
      'ComparedPairsError: models are compared over the same pairs: the id "03.png" "ids" lacks; the id "new.png" only "ids" has',
    );
    await write('closed', { closing: { method: 'center', sha256: 'a'.repeat(64) } });
    const closed = await run('gap DIR/out/models/one DIR/closed');
    expect(closed.stderr).toContain(
      'MixedClosingsError: the gap of closed is closed, and that of one is not',
    );
  });
});
