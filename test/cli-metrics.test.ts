// The judges are the functions that the commands call, which have tests of their own, and the command line's
// documentation: what goes where, and the exit codes.
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Gpu } from '../src/device/gpu.ts';
import { modalityGap } from '../src/metrics/gap/modality-gap.ts';
import { similarityMatrix } from '../src/metrics/similarity/similarity.ts';
import { planTiles, tileLimits } from '../src/metrics/similarity/tiles.ts';
import { floatText } from '../src/node/float-text.ts';
import { readNpy, writeNpy } from '../src/node/npy.ts';
import { adapterOptions, cli } from './support/cli-run.ts';
import { testGpu } from './support/gpu.ts';
import { seededNormal } from './support/numbers.ts';

const vectors = (rows: number, dim: number, seed: number) => ({
  data: seededNormal(rows * dim, seed),
  rows,
  dim,
});
const a = vectors(12, 8, 1);
const b = vectors(12, 8, 2);
const other = vectors(5, 8, 3);

let gpu: Gpu;
let folder: string;
beforeAll(async () => {
  gpu = await testGpu();
  folder = await mkdtemp(join(tmpdir(), 'cli-metrics-'));
  const files = { a, b, other, narrow: vectors(5, 4, 4) };
  for (const [name, { data, rows, dim }] of Object.entries(files)) {
    await writeNpy(join(folder, `${name}.npy`), { shape: [rows, dim], data });
  }
  await writeNpy(join(folder, 'zero.npy'), { shape: [12, 8], data: new Float32Array(96) });
  await writeNpy(join(folder, 'vector.npy'), { shape: [8], data: new Float32Array(8) });
  await writeFile(join(folder, 'file'), '');
});
afterAll(async () => {
  gpu.destroy();
  await rm(folder, { recursive: true });
});

const fill = (argv: string) => argv.split(' ').map((word) => word.replace('DIR', folder));
const run = (argv: string) => cli([...fill(argv), ...adapterOptions]);
const text = (name: string) => readFile(join(folder, name), 'utf8');

describe('similarity', () => {
  test('a matrix to .npy, by default of cosines of a with itself; JSON and nothing else', async () => {
    const { code, stdout, stderr } = await run('similarity DIR/a.npy --out DIR/new/s.npy --json --quiet');
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const { data } = await similarityMatrix(gpu, a);
    expect(await readNpy(join(folder, 'new/s.npy'))).toEqual({ shape: [12, 12], data });
    expect(JSON.parse(stdout)).toEqual({
      out: join(folder, 'new/s.npy'),
      metric: 'cosine',
      rows: 12,
      cols: 12,
      dim: 8,
      topK: null,
      adapter: expect.stringMatching(/./),
      provenance: expect.objectContaining({ inputs: { a: expect.stringMatching(/^[\da-f]{64}$/) } }),
      seconds: expect.any(Number),
    });
  });

  test('a matrix to .csv, which reads back to the bit', async () => {
    const { code, stdout } = await run(
      'similarity DIR/a.npy DIR/other.npy --metric euclidean --out DIR/s.csv',
    );
    expect(code).toBe(0);
    expect(stdout).toMatch(/^euclidean, 12 x 5, in [\d.]+ s: .*s\.csv\n$/);
    const { data } = await similarityMatrix(gpu, a, other, { metric: 'euclidean' });
    const lines = (await text('s.csv')).trimEnd().split('\n');
    expect(lines.map((line) => line.split(',').length)).toEqual(new Array(12).fill(5));
    expect(Float32Array.from(lines.flatMap((line) => line.split(',').map(Number)))).toEqual(data);
  });

  test('a matrix is written while it is computed, in blocks of rows, and takes no memory of its own', async () => {
    const [rows, dim] = [6000, 16]; // two blocks
    const many = vectors(rows, dim, 5);
    await writeNpy(join(folder, 'many.npy'), { shape: [rows, dim], data: many.data });
    expect(planTiles({ rows, cols: rows, dim }, tileLimits(gpu), true).blocks).toBeGreaterThan(1);
    const { code, stderr } = await run('similarity DIR/many.npy --metric dot --out DIR/many-s.npy');
    expect({ code, stderr }).toMatchObject({ code: 0 });
    const { data } = await similarityMatrix(gpu, many, undefined, { metric: 'dot' });
    const written = await readNpy(join(folder, 'many-s.npy'));
    expect(written.shape).toEqual([rows, rows]);
    expect(Buffer.compare(Buffer.from(written.data.buffer), Buffer.from(data.buffer))).toBe(0);
  });

  test('the k best to both formats', async () => {
    for (const name of ['k.npy', 'k.csv']) {
      const { code, stdout } = await run(
        `similarity DIR/a.npy DIR/other.npy --metric dot --top-k 2 --out DIR/${name}`,
      );
      expect(code).toBe(0);
      expect(stdout).toContain('dot, the 2 best of 5 for 12 rows');
    }
    const { indices, values } = await similarityMatrix(gpu, a, other, { metric: 'dot', topK: 2 });
    const { shape, data } = await readNpy(join(folder, 'k.npy'));
    expect(shape).toEqual([12, 2, 2]);
    expect(data.filter((_, i) => i % 2 === 0)).toEqual(Float32Array.from(indices));
    expect(data.filter((_, i) => i % 2 === 1)).toEqual(values);
    const [header, ...lines] = (await text('k.csv')).trimEnd().split('\n');
    expect(header).toBe('row,rank,index,value');
    expect(lines[3]).toBe(`1,2,${indices[3]},${floatText(values[3] ?? 0)}`);
    expect(lines).toHaveLength(24);
  });
});

describe('gap', () => {
  const options = '--resamples 20 --permutations 30 --seed 4 --logit-scale 15';
  const measure = () => modalityGap(gpu, a, b, { resamples: 20, permutations: 30, seed: 4, logitScale: 15 });

  test('all statistics as JSON', async () => {
    const { code, stdout, stderr } = await run(`gap DIR/a.npy DIR/b.npy ${options} --json --quiet`);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const { gapVector, ...statistics } = await measure();
    expect(JSON.parse(stdout)).toEqual({
      ...JSON.parse(JSON.stringify(statistics)),
      gapVector: [...gapVector],
      out: null,
      adapter: expect.stringMatching(/./),
      provenance: expect.objectContaining({ seed: expect.any(Number) }),
    });
  });

  test('a table for people, and files', async () => {
    const { stdout } = await run(`gap DIR/a.npy DIR/b.npy ${options} --out DIR/gap.csv`);
    const report = await measure();
    expect(stdout).toContain('12 pairs of 8 dimensions');
    const { value } = report.centroidDistance;
    expect(stdout).toMatch(new RegExp(`distance of the centroids +${Number(value.toPrecision(4))} `));
    expect(stdout).toContain('logit entropy, image to text');
    const lines = (await text('gap.csv')).trimEnd().split('\n');
    expect(lines.map((line) => line.split(',').length)).toEqual(new Array(31).fill(10));
    const { low, high } = report.centroidDistance;
    expect(lines[1]).toBe(`centroidDistance,${value},${low},${high},20,,,,,`);
    const { matched } = report.meanCosine;
    expect(lines[7]?.split(',').slice(0, 2)).toEqual(['meanCosine.matched', String(matched.value)]);
    expect(lines[7]?.split(',').slice(-2)).toEqual([String(matched.baseline.pValue), '30']);

    expect((await run(`gap DIR/a.npy DIR/b.npy ${options} --out DIR/gap.npy`)).code).toBe(0);
    const array = await readNpy(join(folder, 'gap.npy'));
    expect(array).toEqual({ shape: [8], data: Float32Array.from(report.gapVector) });
  });

  test('without a logit scale there is no entropy', async () => {
    const { stdout } = await run('gap DIR/a.npy DIR/b.npy --resamples 0 --permutations 0');
    expect(stdout).not.toContain('entropy');
    expect(stdout).toContain('distance of the centroids');
  });
});

describe('wrong usage ends with 2, with nothing on stdout', () => {
  test.each([
    ['similarity --out DIR/x.npy', "UsageError: missing required argument 'a.npy'"],
    ['similarity DIR/a.npy', "UsageError: required option '-o, --out <file>' not specified"],
    [
      'similarity DIR/a.npy --out DIR/x.txt',
      'UsageError: --out DIR/x.txt: the name must end in .npy or .csv',
    ],
    ['similarity DIR/a.npy --out DIR/x.npy --metric l1', 'Allowed choices are cosine, euclidean, dot;'],
    ['similarity DIR/a.npy --out DIR/x.npy --top-k 0', 'It must be a positive integer; see'],
    ['gap DIR/a.npy', 'UsageError: DIR/a.npy: name the file of its texts after that of the images'],
    ['gap DIR/a.npy DIR/b.npy --resamples 1.5', 'It must be an integer of at least 0; see'],
    ['gap DIR/a.npy DIR/b.npy --seed x', 'It must be an integer; see'],
    ['gap DIR/a.npy DIR/b.npy --logit-scale 0', 'It must be a positive number; see'],
    ['gap DIR/a.npy DIR/b.npy --out DIR/x.txt', 'UsageError: --out DIR/x.txt: the name must end in'],
  ])('%s', async (argv, message) => {
    const { code, stdout, stderr } = await cli(fill(argv));
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr.replaceAll(folder, 'DIR')).toContain(message);
  });
});

describe('inputs that cannot be used end with 1 and the error’s name, and leave no file', () => {
  test.each([
    ['similarity DIR/no.npy --out DIR/x.npy', 'FileReadError: DIR/no.npy'],
    ['similarity DIR/vector.npy --out DIR/x.npy', 'NpyShapeError: DIR/vector.npy: must hold vectors'],
    ['similarity DIR/zero.npy --out DIR/x.npy', 'ZeroVectorError: a: row 0 is zero'],
    [
      'similarity DIR/a.npy DIR/narrow.npy --out DIR/x.csv',
      'ShapeError: similarityMatrix: b must be [rows, 8]',
    ],
    [
      'similarity DIR/a.npy --top-k 13 --out DIR/x.csv',
      'InvalidOptionError: topK must be an integer from 1 to 12',
    ],
    ['similarity DIR/a.npy --out DIR/file/x.npy', 'OutputWriteError: DIR/file'],
    ['gap DIR/a.npy DIR/other.npy', 'PairCountError: modalityGap: needs as many texts as images'],
    ['gap DIR/a.npy DIR/zero.npy --out DIR/x.csv', 'ZeroVectorError: texts: row 0'],
  ])('%s', async (argv, message) => {
    const { code, stdout, stderr } = await run(argv);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    const lines = stderr.replaceAll(folder, 'DIR').replace(/^no manifest gives .*\n/, '');
    expect(lines.slice(0, message.length)).toBe(message);
    expect((await readdir(folder)).filter((name) => name.includes('x.'))).toEqual([]);
  });
});

test('an interrupt ends with 130', async () => {
  const signal = AbortSignal.abort();
  const argv = fill('similarity DIR/a.npy --out DIR/x.npy');
  expect((await cli([...argv, ...adapterOptions], { signal })).code).toBe(130);
});

test.each([0, 1, -0.1, 0.3333333432674408, 1e-45, 3.4028234663852886e38, 16777216])(
  'a float in CSV is the shortest that reads back: %d',
  (value) => {
    const f32 = Math.fround(value);
    expect(Math.fround(Number(floatText(f32)))).toBe(f32);
    expect(floatText(f32).length).toBeLessThan(16);
  },
);
