import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';

/** Debian's, which has its packages. */
export const PYTHON = '/usr/bin/python3';

/** A Python program that takes a command a line, and answers a line each. */
export class PythonProcess {
  readonly #answers: AsyncIterator<string>;
  readonly #child: ChildProcessByStdio<Writable, Readable, null>;

  constructor(args: readonly string[], python = PYTHON) {
    this.#child = spawn(python, args, { stdio: ['pipe', 'pipe', 'ignore'] });
    this.#child.on('error', () => {}); // no Python: its output ends at once, which `answer` reports
    this.#child.stdin.on('error', () => {});
    this.#answers = createInterface({ input: this.#child.stdout })[Symbol.asyncIterator]();
  }

  /** The next line; undefined once it has ended. */
  async answer(): Promise<string | undefined> {
    const { done, value } = await this.#answers.next();
    return done ? undefined : value;
  }

  /** @throws {Error} where it ends instead of an answer */
  async ask(command: string): Promise<void> {
    this.#child.stdin.write(`${command}\n`);
    if ((await this.answer()) === undefined) throw new Error(`Python ended at "${command}"`);
  }

  end(): void {
    this.#child.kill();
  }
}
