// The bench's own figures: that both sides train on the same batches, and that a peer which computes something else is noticed.
import { spawnSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { torchPeer } from '../bench/closing-peer.ts';
import { headSettings } from '../src/closing/head/options.ts';
import { adapterOptions, cli } from './support/cli-run.ts';
import { seededUniform } from './support/numbers.ts';

const hasTorch = spawnSync('/usr/bin/python3', ['-c', 'import torch']).status === 0;

test.skipIf(!hasTorch)('bench closing trains beside PyTorch, with the same losses', async () => {
  const sizes = ['--dims', '12', '--pairs', '60', '--batch', '8', '--steps', '30', '--rounds', '1'];
  const argv = ['bench', 'closing', ...sizes, '--json', '--quiet'];
  const { code, stdout, stderr } = await cli([...argv, ...adapterOptions]);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  const { trainings, forms, pairs, steps, torch } = JSON.parse(stdout);
  expect({ pairs, steps }).toEqual({ pairs: 60, steps: 30 });
  expect(torch).toMatch(/^\d+\./);
  expect(trainings).toHaveLength(2);
  expect(forms).toHaveLength(5);
  for (const { seconds } of forms) expect(seconds.median).toBeGreaterThan(0);
  for (const [i, training] of trainings.entries()) {
    expect(training).toMatchObject({ dim: 12, modGap: i });
    expect(training.ratio).toBeCloseTo(training.seconds.median / training.torchSeconds.median, 9);
    expect(training.lossDifference).toBeLessThan(1e-4);
    expect(training.finalLoss).toBeCloseTo(training.torchFinalLoss, 4);
  }
});

test.skipIf(!hasTorch)('another scale gives other losses', async () => {
  const vectors = (seed: number) => ({ data: seededUniform(40 * 6, seed), rows: 40, dim: 6 });
  const losses = async (scale: number) => {
    const settings = headSettings({ scale, batch: 8, steps: 6 }, 40);
    const peer = await torchPeer(vectors(1), vectors(2), settings);
    return (await peer.train().finally(() => peer.close())).losses;
  };
  const [low, high] = [await losses(5), await losses(10)];
  expect(low).toHaveLength(6);
  expect(low[0]).not.toBeCloseTo(high[0] ?? 0, 2);
});
