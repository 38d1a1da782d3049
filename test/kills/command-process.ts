import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';

/** Of `npm run build`: the sources take seconds to start. */
const PROGRAM = fileURLToPath(new URL('../../dist/node/cli.cjs', import.meta.url));
const DIE_AT = new URL('./die-at.ts', import.meta.url);

/** When a process is killed: after some milliseconds, or in its k-th call that changes files. */
export type Instant =
  | { readonly after: number }
  | { readonly call: number; readonly when: 'before' | 'half' | 'after' };

export interface Ended {
  readonly killed: boolean;
  readonly code: number | null;
  readonly stderr: string;
  readonly milliseconds: number;
}

/** Runs the built program in processes of its own, and kills them. */
export class Programs {
  private constructor(
    private readonly folder: string,
    private readonly preload: string,
  ) {}

  /** @param folder for what this needs */
  static async in(folder: string): Promise<Programs> {
    const preload = join(folder, 'die-at.mjs');
    const options = { module: ts.ModuleKind.ESNext, target: ts.ScriptTarget.ES2022 };
    const { outputText } = ts.transpileModule(await readFile(DIE_AT, 'utf8'), { compilerOptions: options });
    await writeFile(preload, outputText);
    return new Programs(folder, preload);
  }

  async run(argv: readonly string[], out?: string, instant?: Instant): Promise<Ended> {
    const env: Record<string, string> =
      instant && 'call' in instant ? { KILL_AT: String(instant.call), KILL_WHEN: instant.when } : {};
    const begun = performance.now();
    const { child, ended } = this.#spawn(argv, out, env);
    const timer = new AbortController();
    if (instant && 'after' in instant) {
      wait(instant.after, undefined, { signal: timer.signal }).then(
        () => child.kill('SIGKILL'),
        () => {},
      );
    }
    const result = await ended;
    timer.abort();
    return { ...result, milliseconds: performance.now() - begun };
  }

  /** Runs undisturbed. @returns the calls that changed files below a folder */
  async calls(argv: readonly string[], out: string): Promise<Ended & { readonly calls: readonly string[] }> {
    const log = join(this.folder, `calls-${process.pid}.log`);
    const begun = performance.now();
    const result = await this.#spawn(argv, out, { KILL_LOG: log }).ended;
    const milliseconds = performance.now() - begun;
    const calls = (await readFile(log, 'utf8')).split('\n').filter((line) => line !== '');
    await rm(log);
    return { ...result, milliseconds, calls };
  }

  #spawn(argv: readonly string[], out: string | undefined, env: Readonly<Record<string, string>>) {
    const child = spawn(process.execPath, ['--import', this.preload, PROGRAM, ...argv], {
      stdio: ['ignore', 'ignore', 'pipe'],
      env: { ...process.env, KILL_FOLDER: out ?? '/none', ...env },
    });
    let stderr = '';
    child.stderr.on('data', (text) => {
      stderr += text;
    });
    const ended = once(child, 'close').then(([code, signal]) => ({
      code: code as number | null,
      killed: signal === 'SIGKILL',
      stderr,
    }));
    return { child, ended };
  }
}
