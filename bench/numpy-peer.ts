import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import type { Vectors } from '../src/metrics/vectors.ts';
import { readNpy, writeNpy } from '../src/node/npy.ts';

const PYTHON = '/usr/bin/python3';

/**
 * Holds the rows of a .npy file, takes a command a line, answers a line each. `product <rows> <out>`: x x^T, of which
 * the rows asked for are written; `top <k> <rows> <out>`: the k largest products of each row, block by block, sorted.
 * In this file rather than beside it, so that it is there in the built bundle too.
 */
const SCRIPT = `
import sys

import numpy as np

BLOCK_BYTES = 1 << 28

x = np.load(sys.argv[1])
print(f"numpy {np.__version__}", flush=True)
for line in sys.stdin:
    command, *arguments = line.split()
    sampled = np.load(arguments[-2]).astype(int)
    if command == "product":
        result = (x @ x.T)[sampled]
    else:
        k = int(arguments[0])
        rows = max(1, BLOCK_BYTES // (4 * len(x)))
        best = []
        for start in range(0, len(x), rows):
            scores = x[start : start + rows] @ x.T
            nearest = np.argpartition(-scores, k - 1, axis=1)[:, :k]
            best.append(-np.sort(-np.take_along_axis(scores, nearest, axis=1), axis=1))
        result = np.concatenate(best)[sampled]
    np.save(arguments[-1], np.ascontiguousarray(result, "<f4"))
    print("done", flush=True)
`;

/** NumPy in a process of its own, which holds the rows between runs. */
export class NumpyPeer {
  readonly #answers: AsyncIterator<string>;

  private constructor(
    private readonly folder: string,
    private readonly child: ChildProcessByStdio<Writable, Readable, null>,
  ) {
    this.#answers = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  }

  /** Undefined where there is no Python with NumPy. @param sampled the rows whose results are read back */
  static async open(
    x: Vectors,
    sampled: readonly number[],
  ): Promise<(NumpyPeer & { version: string }) | undefined> {
    const folder = await mkdtemp(join(tmpdir(), 'numpy-peer-'));
    const file = join(folder, 'x.npy');
    await writeNpy(file, { shape: [x.rows, x.dim], data: x.data });
    await writeNpy(join(folder, 'rows.npy'), { shape: [sampled.length], data: Float32Array.from(sampled) });
    const child = spawn(PYTHON, ['-c', SCRIPT, file], { stdio: ['pipe', 'pipe', 'ignore'] });
    child.on('error', () => {}); // no Python: its output ends at once, which `#answer` tells
    child.stdin.on('error', () => {});
    const peer = new NumpyPeer(folder, child);
    const version = await peer.#answer();
    if (version !== undefined) return Object.assign(peer, { version });
    await peer.close();
    return undefined;
  }

  /** The sampled rows of x x^T. */
  product(): Promise<Float32Array> {
    return this.#run('product');
  }

  /** The sampled rows' k largest products. */
  top(k: number): Promise<Float32Array> {
    return this.#run(`top ${k}`);
  }

  async close(): Promise<void> {
    this.child.kill();
    await rm(this.folder, { recursive: true, force: true });
  }

  async #run(command: string): Promise<Float32Array> {
    const out = join(this.folder, 'out.npy');
    this.child.stdin.write(`${command} ${join(this.folder, 'rows.npy')} ${out}\n`);
    if ((await this.#answer()) === undefined) throw new Error(`NumPy ended at "${command}"`);
    return (await readNpy(out)).data;
  }

  async #answer(): Promise<string | undefined> {
    const { done, value } = await this.#answers.next();
    return done ? undefined : value;
  }
}
