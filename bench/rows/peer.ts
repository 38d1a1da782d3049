import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { readNpy } from '../../src/node/npy.ts';

const SCRIPT = fileURLToPath(new URL('peer.py', import.meta.url));
const PYTHON = 'python3';

export interface PeerFiles {
  /** f16 rows without a header. */
  readonly file: string;
  readonly dim: number;
  /** `[q, dim]`, a .npy */
  readonly queries: string;
  readonly k: number;
}

/** NumPy in a child process, which holds the rows between runs or reads the file each time. */
export class RowsPeer implements AsyncDisposable {
  readonly #answers: AsyncIterator<string>;

  private constructor(
    private readonly child: ChildProcessByStdio<Writable, Readable, null>,
    private readonly queries: string,
  ) {
    this.#answers = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  }

  /** @throws {Error} without a Python with NumPy */
  static async open(
    { file, dim, queries, k }: PeerFiles,
    how: 'held' | 'read',
  ): Promise<RowsPeer & { readonly version: string }> {
    const child = spawn(PYTHON, [SCRIPT, file, String(dim), queries, String(k), how], {
      stdio: ['pipe', 'pipe', 'ignore'],
    });
    child.on('error', () => {}); // no Python: its output ends at once
    child.stdin.on('error', () => {});
    const peer = new RowsPeer(child, queries);
    return Object.assign(peer, { version: await peer.#answer() });
  }

  /** The rows of the k greatest cosines of each query: `[q, k]`. */
  async search(): Promise<Float32Array> {
    this.child.stdin.write('\n');
    await this.#answer();
    return (await readNpy(`${this.queries}.rows.npy`)).data;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.child.kill();
  }

  async #answer(): Promise<string> {
    const { done, value } = await this.#answers.next();
    if (!done) return value;
    throw new Error('NumPy ended; python3 with NumPy is needed (Debian: python3-numpy)');
  }
}
