import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { cp, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { chromium } from 'playwright-core';
import ts from 'typescript';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { localDirectorySink } from '../src/node/files.ts';
import { writeNpy } from '../src/node/npy.ts';
import { writeSeededModel } from '../weights/seeded.ts';
import { StaticServer } from './page/static-server.ts';
import { CHROMIUM, FLAGS } from './support/chromium.ts';
import { cli } from './support/cli-run.ts';
import { seededUniform } from './support/numbers.ts';

// The examples as they stand. They import the built package by its name, which its own `exports` resolve.

const root = fileURLToPath(new URL('..', import.meta.url));
const run = promisify(execFile);

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'biomedclip-examples-'));
  if (!existsSync(join(root, 'dist/node/index.js'))) await run('npm', ['run', 'build'], { cwd: root });
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** The lines that an example prints. It writes into a folder of its own. */
async function linesOf(example: string, ...args: string[]): Promise<string[]> {
  const path = join(root, 'examples', example);
  const { stdout } = await run(process.execPath, [path, ...args], { cwd: folder });
  return stdout.trimEnd().split('\n');
}

/** The numbers with decimals in a line, in order. */
function decimals(line: string | undefined): number[] {
  return (line?.match(/-?\d+\.\d+/g) ?? []).map(Number);
}

/** The line that starts with a name. */
function lineOf(lines: readonly string[], start: string): string {
  return lines.find((line) => line.startsWith(start)) ?? '';
}

describe('examples/node', () => {
  test('all scripts are short', async () => {
    const names = (await readdir(join(root, 'examples/node'))).filter((name) => name.endsWith('.mjs'));
    expect(names.length).toBeGreaterThanOrEqual(13);
    for (const name of names) {
      const lines = (await readFile(join(root, 'examples/node', name), 'utf8')).trimEnd().split('\n');
      expect(lines.length, name).toBeLessThan(40);
    }
  });

  test('embed: each image is nearest to its own caption', async () => {
    const [first = [], second = []] = (await linesOf('node/embed.mjs')).map(decimals);
    expect(first[0]).toBeGreaterThan(first[1] ?? 1);
    expect(second[1]).toBeGreaterThan(second[0] ?? 1);
  });

  test('zero-shot: the chest X-ray is one', async () => {
    const lines = await linesOf('node/zero-shot.mjs');
    expect(lines[0]).toMatch(/chest X-ray$/);
    const sum = lines.reduce((total, line) => total + (decimals(line)[0] ?? Number.NaN), 0);
    expect(sum).toBeCloseTo(1, 3);
  });

  test('search-images: all four chest X-rays come first', async () => {
    const lines = await linesOf('node/search-images.mjs');
    expect(lines).toHaveLength(5);
    expect(lines.slice(0, 4).every((line) => line.includes('chest-x-ray'))).toBe(true);
    const cosines = lines.map((line) => decimals(line)[0] ?? Number.NaN);
    expect(cosines).toEqual(cosines.toSorted((a, b) => b - a));
  });

  test('modality-gap: the distance that the README states, within its interval', async () => {
    const lines = await linesOf('node/modality-gap.mjs');
    const [value = Number.NaN, low, high] = decimals(lineOf(lines, 'distance of the centroids'));
    expect(value).toBeCloseTo(0.709, 2);
    expect(low).toBeLessThan(value);
    expect(high).toBeGreaterThan(value);
  });

  test('tsne-map: an SVG that shows both modalities apart', async () => {
    const [line = ''] = await linesOf('node/tsne-map.mjs');
    expect(line).toMatch(/^map\.svg: t-SNE separates the modalities/);
    const svg = await readFile(join(folder, 'map.svg'), 'utf8');
    expect(svg).toMatch(/^<svg.*<\/svg>\s*$/s);
    expect(svg).not.toMatch(/var\(--|NaN/);
  });

  test('mislabelled-pairs: the exchanged captions come first', async () => {
    const lines = await linesOf('node/mislabelled-pairs.mjs');
    const found = lines.slice(0, 2).map((line) => line.split(':')[0]);
    expect(found.toSorted()).toEqual(['07-chest-x-ray.png', '09-pie-chart.png']);
  });

  test('compare-embeddings: the closing makes the centroids meet, beyond chance', async () => {
    const line = lineOf(await linesOf('node/compare-embeddings.mjs'), 'distance of the centroids');
    const [before, after, , high] = decimals(line);
    expect(after).toBeLessThan((before ?? 0) / 2);
    expect(high).toBeLessThan(0);
    expect(line).toMatch(/differs$/);
  });

  test('compare-models: two seeded models, by their own pairs', async () => {
    for (const seed of [0, 1]) {
      await writeSeededModel(localDirectorySink(join(folder, `model-${seed}`)), { preset: 'tiny', seed });
    }
    const image = (name: string) => join(root, 'examples/biomed', name);
    const names = ['07-chest-x-ray.png', '76-bar-chart.png', '08-brain-mri.png'];
    const rows = names.map((name, i) => `${image(name)},caption ${i}`);
    await writeFile(join(folder, 'pairs.csv'), ['image,caption', ...rows, ''].join('\n'));
    const lines = await linesOf('node/compare-models.mjs', 'model-0', 'model-1', 'pairs.csv');
    const [before, after, low, high] = decimals(lineOf(lines, 'distance of the centroids'));
    expect(after).not.toBe(before);
    const change = (after ?? 0) - (before ?? 0);
    expect(low).toBeLessThanOrEqual(change + 2e-3);
    expect(high).toBeGreaterThanOrEqual(change - 2e-3);
    expect(lineOf(lines, 'images seen alike, by CKA')).toContain('NaN, texts: NaN'); // of three pairs
  });

  test('search-archive: the bar chart of what `embed` wrote comes first', async () => {
    const names = ['07-chest-x-ray.png', '76-bar-chart.png', '08-brain-mri.png'];
    const images = names.map((name) => join(root, 'examples/biomed', name));
    const embedded = await cli(['embed', ...images, '--out', join(folder, 'archive'), '--quiet']);
    expect(embedded.code, embedded.stderr).toBe(0);
    const lines = await linesOf('node/search-archive.mjs', 'archive', 'this is a photo of bar chart');
    expect(lines).toHaveLength(3);
    expect(lines[0]).toMatch(/76-bar-chart\.png$/);
  });

  test('close-the-gap: the gap is smaller, and the file holds the maps', async () => {
    const lines = await linesOf('node/close-the-gap.mjs');
    expect(lineOf(lines, 'held out')).toBe('held out: 89 pairs in 5 folds');
    expect(decimals(lineOf(lines, 'before'))[0]).toBeCloseTo(0.709, 2);
    expect(decimals(lineOf(lines, 'after'))[0]).toBeLessThan(0.05);
    const file = await readFile(join(folder, 'gap.safetensors'));
    const header = JSON.parse(file.toString('utf8', 8, 8 + Number(file.readBigUInt64LE(0))));
    expect(Object.keys(header).length).toBeGreaterThan(2);
  });

  test('own-vectors: reads what numpy.save writes', async () => {
    const data = seededUniform(40 * 16, 1);
    await writeNpy(join(folder, 'images.npy'), { shape: [40, 16], data });
    await writeNpy(join(folder, 'texts.npy'), { shape: [40, 16], data: data.map((x) => -x) });
    const lines = await linesOf('node/own-vectors.mjs');
    expect(decimals(lineOf(lines, 'distance of the centroids'))[0]).toBeGreaterThan(0);
    expect(lines.at(-1)).toMatch(/^map: 40 points/);
  });

  test('token-states: a map of 6 x 6 patches', async () => {
    const [line, ...rows] = await linesOf('node/token-states.mjs');
    expect(line).toMatch(/^6 x 6 patches/);
    expect(rows).toHaveLength(6);
    expect(rows.join('')).toContain('@');
    for (const cosine of decimals(line)) expect(Math.abs(cosine)).toBeLessThanOrEqual(1);
  });

  test('raw-pixels: a row of length 1', async () => {
    expect(await linesOf('node/raw-pixels.mjs')).toEqual(['disc: 1 x 192, length 1.0000']);
  });
});

test('examples/worker: the rows of two captions come from a thread', async () => {
  const [line = ''] = await linesOf('worker/node.mjs');
  expect(line).toMatch(/^2 x 192 from the worker; the main thread ticked [1-9]/);
});

test('examples/notebook: every cell runs, and shows tables and pictures', async () => {
  const cells = await shownByNotebook('notebook/modality-gap.ipynb');
  const found = cells.map((bundle) => Object.keys(bundle ?? {})[0]);
  const [table, picture] = ['text/html', 'image/svg+xml'];
  expect(found).toEqual([undefined, table, table, table, picture, table, picture, undefined]);
  const texts = cells.map((bundle) => Object.values(bundle ?? {})[0] ?? '');
  expect(texts[2]).toContain('<td>images</td><td>89</td><td>192</td>');
  expect(decimals(/distance of the centroids.*?<\/tr>/.exec(texts[5] ?? '')?.[0])[0]).toBeCloseTo(0.709, 2);
  for (const svg of [texts[4], texts[6]]) {
    expect(svg).toMatch(/^<svg.*<\/svg>\s*$/s);
    expect(svg).not.toMatch(/var\(--|NaN/);
  }
});

describe.skipIf(!existsSync(CHROMIUM))('examples/worker/browser', () => {
  test('a page names pictures by rows that a worker computed and handed over', async () => {
    const dist = await builtPage('worker/browser');
    const server = new StaticServer(dist, '/');
    await server.start();
    const browser = await chromium.launch({ executablePath: CHROMIUM, args: FLAGS });
    try {
      const page = await browser.newPage();
      await page.goto(`${server.origin}/`);
      const names = ['09-pie-chart.png', '07-chest-x-ray.png'];
      await page.setInputFiles(
        'input',
        names.map((name) => join(root, 'examples/biomed', name)),
      );
      const answer = () =>
        page.waitForFunction(() => {
          const text = document.querySelector('output')?.textContent ?? '';
          return text === '' || text === 'embedding' ? undefined : text;
        });
      const lines = (await (await answer()).jsonValue())?.split('\n');
      expect(lines?.map((line) => line.replace(/ \(.*/, ''))).toEqual([
        '09-pie-chart.png: this is a photo of pie chart',
        '07-chest-x-ray.png: this is a photo of chest X-ray',
      ]);
      expect(page.workers()).toHaveLength(1);

      await page.setInputFiles('input', join(root, 'examples/biomed/captions.csv'));
      expect(await (await answer()).jsonValue()).toMatch(/captions\.csv|images?\[0\]/);
    } finally {
      await browser.close();
      await server.stop();
    }
  });
});

/** An example as Vite builds it in a folder of its own, where the package is installed. */
async function builtPage(example: string): Promise<string> {
  const own = join(folder, 'page');
  await cp(join(root, 'examples', example), own, { recursive: true });
  await mkdir(join(own, 'node_modules'));
  await symlink(root, join(own, 'node_modules/biomedclip-webgpu'));
  await run(process.execPath, [join(root, 'node_modules/vite/bin/vite.js'), 'build', '--target', 'esnext'], {
    cwd: own,
    env: { ...process.env, NODE_ENV: 'production' }, // Vitest's own would make it a build for tests
  });
  return join(own, 'dist');
}

/** The code cells of a notebook run in order as one module, in the package's folder; for each what Jupyter would show. */
async function shownByNotebook(example: string): Promise<(Record<string, string> | undefined)[]> {
  const { cells } = JSON.parse(await readFile(join(root, 'examples', example), 'utf8')) as Notebook;
  const sources = cells.filter((cell) => cell.cell_type === 'code').map(({ source }) => source.join(''));
  const last =
    "console.log(JSON.stringify(shownByCells.map((one) => one?.[Symbol.for('Jupyter.display')]?.())));";
  const code = ['const shownByCells = [];', ...sources.map(keepingLast), last].join('\n;');
  await mkdir(join(root, 'out'), { recursive: true });
  const own = await mkdtemp(join(root, 'out/notebook-')); // below the package, whose name the cells import
  try {
    await writeFile(join(own, 'cells.mjs'), code);
    const { stdout } = await run(process.execPath, [join(own, 'cells.mjs')], { maxBuffer: 1 << 26 });
    return JSON.parse(stdout).map((bundle: Record<string, string> | null) => bundle ?? undefined);
  } finally {
    await rm(own, { recursive: true });
  }
}

interface Notebook {
  readonly cells: readonly { readonly cell_type: string; readonly source: readonly string[] }[];
}

/** A cell whose last expression is kept: the kernel shows it. */
function keepingLast(source: string): string {
  const file = ts.createSourceFile('cell.ts', source, ts.ScriptTarget.Latest, true);
  const last = file.statements.at(-1);
  if (!last || !ts.isExpressionStatement(last)) return `${source}\nshownByCells.push(undefined);`;
  const { expression } = last;
  return `${source.slice(0, expression.getStart())}shownByCells.push(${expression.getText()});`;
}
