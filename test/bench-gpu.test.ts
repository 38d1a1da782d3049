// The bench's own figures: that parity goes first and what is wrong is not timed, that a step which no longer fits is named, and
// that every step leaves what it found.
import { spawnSync } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { benchGpu, expectRight, type GpuBenchOptions } from '../bench/gpu/gpu.ts';
import { gpuTable } from '../bench/gpu/gpu-table.ts';
import { type GpuPlan, SHORT } from '../bench/gpu/plan.ts';
import type { GpuReport } from '../bench/gpu/report.ts';
import { measureTorch, type TorchReport, torchTowers } from '../bench/gpu/torch-peer.ts';
import { TowerParityError } from '../bench/peer-errors.ts';
import { loadBiomedClip } from '../src/model/load.ts';
import { openLocalDirectory } from '../src/node/files.ts';
import { EXAMPLES } from '../src/node/package-files.ts';
import { readConfig } from '../weights/config.ts';
import { expectedTensors } from '../weights/schema.ts';
import { elementCount } from '../weights/tensor-info.ts';
import { adapterOptions, cli } from './support/cli-run.ts';
import { seededModel } from './support/seeded-model.ts';

let files: Awaited<ReturnType<typeof seededModel>>;
beforeAll(async () => {
  files = await seededModel({ preset: 'tiny', seed: 3 });
});
afterAll(() => files.remove());

const NEVER = 1e9;
/** The peers have tests of their own; what is timed here is the way, not the speed. */
const plan: GpuPlan = {
  ...SHORT,
  ...{ batches: [2], similarity: [60], tsne: [60] },
  needs: { ...SHORT.needs, ort: NEVER, torch: NEVER },
};

function options(more: Partial<GpuBenchOptions> = {}): GpuBenchOptions {
  const adapter = process.env.BIOMEDCLIP_ADAPTER;
  const images = fileURLToPath(EXAMPLES);
  return { model: async () => files.path, images, adapter, short: true, plan, ...more };
}

const becameOf = ({ steps }: Pick<GpuReport, 'steps'>) =>
  Object.fromEntries(steps.map(({ name, became }) => [name, became]));

test('a short run goes all the way, and every step leaves what was found by then', async () => {
  const left: GpuReport[] = [];
  const onFound = async (report: GpuReport) => {
    left.push(JSON.parse(JSON.stringify(report)));
  };
  const report = await benchGpu(options({ onFound }));
  expect(becameOf(report)).toEqual({
    ...{ load: 'done', parity: 'done', towers: 'done', 'ORT webgpu': 'skipped', PyTorch: 'skipped' },
    ...{ roofline: 'done', 'similarity, 60 rows': 'done', 't-SNE, 60 rows': 'done', decoding: 'done' },
  });
  expect(left.map(({ steps }) => steps.length)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9]);
  expect(left.map(({ parity }) => parity.length > 0)).toEqual([false, ...Array(8).fill(true)]);
  expect(left.map(({ rates }) => rates.length)).toEqual([0, 0, 3, 3, 3, 3, 3, 3, 3]);
  expect(report.parity.every(({ right, judge }) => right && judge === 'ORT cpu')).toBe(true);
  for (const { peers, failed } of report.rates) {
    expect(failed).toBeUndefined();
    for (const { name, perSecond } of peers) expect(perSecond, name).toBeGreaterThan(0);
  }
  const units = report.subgroupMatrices.length > 0;
  if (process.env.BIOMEDCLIP_EXPECT === 'matrices') expect(units).toBe(true);
  const names = ['ours f32', 'ours f16', ...(units ? ['ours f16, matrix units'] : [])];
  for (const { peers } of report.rates) expect(peers.map(({ name }) => name)).toEqual(names);
  expect(report.variants.find(({ name }) => name === 'f16, matrix units')?.absent === undefined).toBe(units);
  expect(report.bars.at(-1)?.verdict === 'not measured').toBe(!units);
  expect(() => expectRight(report)).not.toThrow();
  const text = gpuTable(report);
  expect(text).toContain('| PyTorch | skipped | 0.0 | needs 1000000000 s, and ');
  expect(text).toMatch(
    /\| images: f32 over ORT webgpu \| 1\.50 x \| {2}\| {2}\| not measured: skipped: needs /,
  );
});

test('a tower that is wrong is not timed, and ends the command with an error that names it', async () => {
  const load: typeof loadBiomedClip = async (...args) => {
    const model = await loadBiomedClip(...args);
    if (args[2]?.dtype !== 'f16') return model;
    const embedBatch = model.embedBatch.bind(model);
    model.embedBatch = async (inputs, settings) => {
      const found = await embedBatch(inputs, settings);
      found.images.data[0] = -5 * (found.images.data[0] ?? 0) - 1;
      return found;
    };
    return model;
  };
  const only = { ...plan.needs, similarity: NEVER, tsne: NEVER, decoding: NEVER };
  const report = await benchGpu(options({ load, plan: { ...plan, needs: only } }));
  const peersOf = (work: string) =>
    report.rates.find((row) => row.work === work)?.peers.map(({ name }) => name);
  expect(peersOf('images')).toEqual(['ours f32']);
  expect(peersOf('captions')).toEqual(expect.arrayContaining(['ours f32', 'ours f16']));
  expect(report.steps.find(({ name }) => name === 'roofline')).toMatchObject({
    became: 'refused',
    why: expect.stringMatching(/^images in f16.* were not found right$/),
  });
  expect(() => expectRight(report)).toThrow(TowerParityError);
  expect(() => expectRight(report)).toThrow(
    /^images in f16: lowest cosine .* with ORT cpu, of at least 0\.999; /,
  );
  expect(gpuTable(report)).toContain('| WRONG |');
});

test('a budget of next to nothing skips every step, by name, in the table and the file', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'bench-gpu-'));
  try {
    const out = join(folder, 'gpu.json');
    const argv = ['bench', 'gpu', '--short', '--minutes', '0.001', '--model', files.path, '--out', out];
    const { code, stdout, stderr } = await cli([...argv, ...adapterOptions, '--quiet']);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const { steps, bars } = JSON.parse(await readFile(out, 'utf8'));
    expect(steps).toHaveLength(9);
    for (const { name, became } of steps) {
      expect(['skipped', 'refused'], name).toContain(became);
      expect(stdout).toContain(`| ${name} | ${became} | `);
    }
    for (const { verdict } of bars) expect(verdict).toBe('not measured');
    expect((await cli([...argv, ...adapterOptions, '--quiet'])).stderr).toContain('OutputExistsError');
  } finally {
    await rm(folder, { recursive: true });
  }
});

const hasTorch = spawnSync('/usr/bin/python3', ['-c', 'import torch']).status === 0;

test.skipIf(!hasTorch)(
  'PyTorch’s towers have as many parameters as ours, and say where they ran',
  async () => {
    const config = await readConfig(await openLocalDirectory(files.path));
    const towers = torchTowers(config);
    if (!towers) throw new Error('a ViT and a BERT');
    let report: TorchReport | undefined;
    const signal = new AbortController().signal;
    await measureTorch({
      ...{ towers, batches: [2], rounds: 1, seconds: 60, signal },
      onFound: (found) => {
        report = found;
      },
    });
    const count = (isImage: boolean) =>
      expectedTensors(config)
        .filter(({ name, dtypes }) => name.startsWith('visual.') === isImage && !dtypes.includes('I64'))
        .reduce((sum, { shape }) => sum + elementCount(shape), 0);
    const scale = 1; // logit_scale is no tower's
    expect(report?.parameters).toEqual({ images: count(true), texts: count(false) - scale });
    expect(report).toMatchObject({
      device: expect.stringMatching(/^(cpu|cuda)$/),
      torch: expect.any(String),
    });
    const full = report?.rows.filter(({ mode }) => mode === 'fp32') ?? [];
    expect(full.map(({ work }) => work)).toEqual(['images', 'prompts', 'captions']);
    for (const { perSecond } of full) expect(perSecond).toBeGreaterThan(0);
  },
);

test.skipIf(!hasTorch)('PyTorch is ended with its step', async () => {
  const towers = torchTowers(await readConfig(await openLocalDirectory(files.path)));
  if (!towers) throw new Error('a ViT and a BERT');
  const signal = AbortSignal.abort();
  const run = measureTorch({ towers, batches: [2], rounds: 1, seconds: 60, signal, onFound: () => {} });
  await expect(run).rejects.toThrow('aborted');
});
