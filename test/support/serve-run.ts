import { setTimeout as wait } from 'node:timers/promises';
import { type CliParts, runCli } from '../../src/node/commands/run-cli.ts';
import { Captured } from './cli-run.ts';

export interface Running {
  readonly url: string;
  readonly stderr: Captured;
  /** Ends it as SIGTERM does. @returns the exit code */
  stop(): Promise<number>;
}

/** Runs `serve` in this process until `stop`, on a free port. */
export async function serve(options: readonly string[], parts: CliParts = {}): Promise<Running> {
  const io = { stdout: new Captured(), stderr: new Captured() };
  const interrupt = new AbortController();
  const argv = ['serve', '--port', '0', '--json', '--quiet', ...options];
  const code = runCli(argv, io, { ...parts, signal: interrupt.signal });
  const listening = async () => {
    while (!io.stdout.text.includes('}')) await wait(20);
  };
  await Promise.race([listening(), code]);
  if (!io.stdout.text.includes('}')) throw new Error(`serve ended: ${io.stderr.text}`);
  const { url } = JSON.parse(io.stdout.text) as { url: string };
  return {
    url,
    stderr: io.stderr,
    stop() {
      interrupt.abort('SIGTERM');
      return code;
    },
  };
}
