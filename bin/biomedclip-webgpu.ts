#!/usr/bin/env node
import { registerBench } from '../bench/command.ts';
import { EXIT, SIGNAL_EXIT } from '../src/node/cli/session.ts';
import { runCli } from '../src/node/commands/run-cli.ts';

// A reader such as `head` may close the pipe early, which is no failure. A full disk is.
process.stdout.on('error', ({ code, message }: NodeJS.ErrnoException) => {
  if (code === 'EPIPE') return;
  process.stderr.write(`OutputWriteError: standard output: cannot be written: ${code ?? message}\n`);
  process.exit(EXIT.failed);
});
process.stderr.on('error', () => {}); // stderr is closed: nothing to report to

// The first signal lets the command clean up; the second ends it at once.
const interruption = new AbortController();
for (const name of ['SIGINT', 'SIGTERM'] as const) {
  process.on(name, () => {
    if (interruption.signal.aborted) process.exit(SIGNAL_EXIT[name]);
    interruption.abort(name);
  });
}

const io = { stdout: process.stdout, stderr: process.stderr };
process.exitCode = await runCli(process.argv.slice(2), io, {
  signal: interruption.signal,
  moreCommands: [registerBench],
});
