import { hostname } from 'node:os';
import { type Io, Output, type OutputOptions } from '../cli/session.ts';

/** What a worker tells: lines for people, or one JSON object a line for a collector of logs. */
export class WorkerLog extends Output {
  constructor(
    io: Io,
    options: OutputOptions,
    private readonly format: 'text' | 'json',
  ) {
    super(io, format === 'json' ? { ...options, quiet: true } : options); // no progress among the lines
  }

  /** Something that happened, with what it happened to. */
  event(message: string, facts: Readonly<Record<string, unknown>> = {}): void {
    if (this.format === 'text') this.note(message);
    else this.#line('info', message, facts);
  }

  override warn(message: string): void {
    if (this.format === 'text') super.warn(message);
    else this.#line('warn', message, {});
  }

  #line(level: 'info' | 'warn', message: string, facts: object): void {
    const time = new Date().toISOString();
    const line = { time, level, message, host: hostname(), pid: process.pid, ...facts };
    this.io.stderr.write(`${JSON.stringify(line)}\n`);
  }
}
