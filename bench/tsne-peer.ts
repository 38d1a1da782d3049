import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Vectors } from '../src/metrics/vectors.ts';
import { readNpy, writeNpy } from '../src/node/npy.ts';
import { readNpyRows } from '../src/node/npy-vectors.ts';
import { PYTHON } from './python-process.ts';
import script from './tsne-peer.py';

const run = promisify(execFile);

export interface SklearnMap {
  readonly embedding: Float32Array;
  readonly klDivergence: number;
  /** Of `fit_transform` alone, without Python's start. */
  readonly seconds: number;
  readonly sklearn: string;
}

/** scikit-learn's digits set, 1,797 x 64. */
export function sklearnDigits(signal?: AbortSignal): Promise<Vectors> {
  return inFolder(async (folder) => {
    const file = join(folder, 'x.npy');
    await run(PYTHON, ['-c', script, 'digits', file], { signal });
    return (await readNpyRows(file)).rows;
  });
}

/** scikit-learn's TSNE on all cores, its early stop off. @param options by its own names */
export function sklearnTsne(
  { data, rows, dim }: Vectors,
  options: Readonly<Record<string, string | number>>,
  signal?: AbortSignal,
): Promise<SklearnMap> {
  return inFolder(async (folder) => {
    const [x, y] = [join(folder, 'x.npy'), join(folder, 'y.npy')];
    await writeNpy(x, { shape: [rows, dim], data });
    const all = JSON.stringify({ n_jobs: cpus().length, ...options });
    const { stdout } = await run(PYTHON, ['-c', script, 'run', x, y, all], { signal });
    return { ...JSON.parse(stdout), embedding: (await readNpy(y)).data };
  });
}

async function inFolder<T>(use: (folder: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'tsne-peer-'));
  try {
    return await use(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
