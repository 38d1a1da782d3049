import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Vectors } from '../src/metrics/vectors.ts';
import { readNpy, writeNpy } from '../src/node/npy.ts';
import script from './numpy-peer.py';
import { PythonProcess } from './python-process.ts';

/** NumPy in a child process, which holds the rows between runs. */
export class NumpyPeer {
  private constructor(
    private readonly folder: string,
    private readonly python: PythonProcess,
  ) {}

  /** Undefined if there is no Python with NumPy. @param sampled the rows whose results are read back */
  static async open(
    x: Vectors,
    sampled: readonly number[],
  ): Promise<(NumpyPeer & { version: string }) | undefined> {
    const folder = await mkdtemp(join(tmpdir(), 'numpy-peer-'));
    const file = join(folder, 'x.npy');
    await writeNpy(file, { shape: [x.rows, x.dim], data: x.data });
    await writeNpy(join(folder, 'rows.npy'), { shape: [sampled.length], data: Float32Array.from(sampled) });
    const peer = new NumpyPeer(folder, new PythonProcess(['-c', script, file]));
    const version = await peer.python.answer();
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
    this.python.end();
    await rm(this.folder, { recursive: true, force: true });
  }

  async #run(command: string): Promise<Float32Array> {
    const out = join(this.folder, 'out.npy');
    await this.python.ask(`${command} ${join(this.folder, 'rows.npy')} ${out}`);
    return (await readNpy(out)).data;
  }
}
