import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** The command line as it is here, and as it is built. */
const PROGRAMS = {
  source: ['--import', `${ROOT}from-source.mjs`, `${ROOT}bin/biomedclip-webgpu.ts`],
  built: [`${ROOT}dist/node/cli.js`],
} as const;

export type Program = keyof typeof PROGRAMS;

/** What every run is told. */
export interface ScaleRun {
  /** Empty, and left as the run makes it. */
  readonly folder: string;
  readonly program: Program;
  readonly captions: number;
  /** Images or captions a shard. */
  readonly rows: number;
  readonly workers: number;
  /** Options of `shards plan`, such as `--model`. */
  readonly planning?: readonly string[];
  /** Options of the commands that embed, such as `--adapter`. */
  readonly embedding?: readonly string[];
  readonly say?: (text: string) => void;
}

/** A command line in a process of its own. */
export class CommandProcess {
  readonly child: ChildProcess;
  /** When it has ended. */
  readonly ended: Promise<{ readonly code: number | null; readonly stderr: string }>;
  #stderr = '';

  /** @param core the only core that it runs on; by default all */
  constructor(program: Program, args: readonly string[], core?: number) {
    const node = [process.execPath, ...PROGRAMS[program], ...args];
    const [command = '', ...rest] = core === undefined ? node : ['taskset', '-c', String(core), ...node];
    const env = { ...process.env, CI: 'true', ...(core !== undefined && { LP_NUM_THREADS: '1' }) };
    this.child = spawn(command, rest, { env, stdio: ['ignore', 'ignore', 'pipe'] });
    this.child.stderr?.on('data', (text) => {
      this.#stderr = `${this.#stderr}${text}`.slice(-4000);
    });
    this.ended = once(this.child, 'close').then(([code]) => ({ code, stderr: this.#stderr }));
  }

  get isRunning(): boolean {
    return this.child.exitCode === null && this.child.signalCode === null;
  }

  /** @throws {Error} with what it said, unless it ended well */
  async expectDone(): Promise<void> {
    const { code, stderr } = await this.ended;
    if (code !== 0) throw new Error(`a process ended with ${code}: ${stderr}`);
  }

  /** Bytes in memory; undefined once it has ended. Linux alone says it. */
  async memory(): Promise<number | undefined> {
    const status = await readFile(`/proc/${this.child.pid}/status`, 'utf8').catch(() => '');
    const kilobytes = /VmRSS:\s+(\d+)/.exec(status)?.[1];
    return kilobytes === undefined ? undefined : Number(kilobytes) * 1024;
  }
}

/** Runs a command line to its end. */
export function runCommand(program: Program, args: readonly string[]): Promise<void> {
  return new CommandProcess(program, args).expectDone();
}
