import { fileURLToPath } from 'node:url';
import { readNpy } from '../../src/node/npy.ts';
import { PythonProcess } from '../python-process.ts';

const SCRIPT = fileURLToPath(new URL('peer.py', import.meta.url));

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
  private constructor(
    private readonly python: PythonProcess,
    private readonly queries: string,
    readonly version: string,
  ) {}

  /** @throws {Error} without a Python with NumPy */
  static async open({ file, dim, queries, k }: PeerFiles, how: 'held' | 'read'): Promise<RowsPeer> {
    const python = new PythonProcess([SCRIPT, file, String(dim), queries, String(k), how]);
    const version = await python.answer();
    if (version === undefined) throw new Error('python3 with NumPy is needed (Debian: python3-numpy)');
    return new RowsPeer(python, queries, version);
  }

  /** The rows of the k greatest cosines of each query: `[q, k]`. */
  async search(): Promise<Float32Array> {
    await this.python.ask('search');
    return (await readNpy(`${this.queries}.rows.npy`)).data;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.python.end();
  }
}
