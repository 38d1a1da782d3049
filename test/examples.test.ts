import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { writeNpy } from '../src/node/npy.ts';
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
    expect(names.length).toBeGreaterThanOrEqual(11);
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
    const [gap, map] = await linesOf('node/own-vectors.mjs');
    expect(decimals(gap)[0]).toBeGreaterThan(0);
    expect(map).toMatch(/^map: 40 points/);
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
