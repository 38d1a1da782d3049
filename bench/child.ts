import { spawn } from 'node:child_process';
import { BiomedClipError } from '../src/errors.ts';

/** A measured child process failed. */
export class BenchChildError extends BiomedClipError {
  constructor(
    readonly exitCode: number | null,
    readonly stderr: string,
  ) {
    super(`a measured process ended with exit code ${exitCode}: ${stderr.trim().split('\n').at(-1) ?? ''}`);
  }
}

export interface ChildOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
}

/**
 * Runs a script in a new process of Node and gives what it prints as JSON. `process.argv[1]` and on are `args`.
 * @throws {BenchChildError}
 */
export function runChild<T>(
  script: string,
  args: readonly string[],
  { env = {}, signal }: ChildOptions = {},
): Promise<T> {
  const child = spawn(process.execPath, ['--input-type=module', '--eval', script, '--', ...args], {
    env: { ...process.env, ...env },
    signal,
  });
  const [stdout, stderr]: [Buffer[], Buffer[]] = [[], []];
  child.stdout.on('data', (data: Buffer) => stdout.push(data));
  child.stderr.on('data', (data: Buffer) => stderr.push(data));
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => {
      if (code === 0) resolve(JSON.parse(String(Buffer.concat(stdout))) as T);
      else reject(new BenchChildError(code, String(Buffer.concat(stderr))));
    });
  });
}
