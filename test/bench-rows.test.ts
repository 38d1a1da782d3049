import { execFileSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { PYTHON } from '../bench/python-process.ts';
import { benchRows } from '../bench/rows/rows.ts';

const hasNumpy = (() => {
  try {
    execFileSync(PYTHON, ['-c', 'import numpy'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
})();

// NumPy is the judge: of equal values, and of sums that are rounded elsewhere, the order may differ.
test.runIf(hasNumpy)('rows of a file are searched beside NumPy, which finds the same', async () => {
  const options = { rows: 3001, dim: 48, queries: [1, 5], rounds: 1 };
  const { races, load, numpy } = await benchRows({ ...options, adapter: process.env.BIOMEDCLIP_ADAPTER });
  expect(numpy).toMatch(/^numpy \d/);
  expect(load).toBeGreaterThanOrEqual(0);
  expect(races.map(({ queries }) => queries)).toEqual([1, 5]);
  for (const { peers, gpuBytes } of races) {
    expect(peers.map(({ name }) => name)).toHaveLength(3);
    for (const { name, agreement, time, gflops } of peers) {
      expect(agreement, name).toBeGreaterThan(0.95);
      expect(time.median).toBeGreaterThan(0);
      expect(gflops).toBeGreaterThan(0);
    }
    expect(gpuBytes).toBeGreaterThan(2 * 3001 * 48);
  }
});
