import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import type { Vectors } from '../src/metrics/vectors.ts';
import { readNpy, writeNpy } from '../src/node/npy.ts';
import script from './numpy-peer.py';

const PYTHON = '/usr/bin/python3';

/** NumPy in a child process, which holds the rows between runs. */
export class NumpyPeer {
  readonly #answers: AsyncIterator<string>;

  private constructor(
    private readonly folder: string,
    private readonly child: ChildProcessByStdio<Writable, Readable, null>,
  ) {
    this.#answers = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  }

  /** Undefined if there is no Python with NumPy. @param sampled the rows whose results are read back */
  static async open(
    x: Vectors,
    sampled: readonly number[],
  ): Promise<(NumpyPeer & { version: string }) | undefined> {
    const folder = await mkdtemp(join(tmpdir(), 'numpy-peer-'));
    const file = join(folder, 'x.npy');
    await writeNpy(file, { shape: [x.rows, x.dim], data: x.data });
    await writeNpy(join(folder, 'rows.npy'), { shape: [sampled.length], data: Float32Array.from(sampled) });
    const child = spawn(PYTHON, ['-c', script, file], { stdio: ['pipe', 'pipe', 'ignore'] });
    child.on('error', () => {}); // no Python: its output ends at once, which `#answer` reports
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
