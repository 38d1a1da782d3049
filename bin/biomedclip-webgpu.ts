#!/usr/bin/env node
import { registerBench } from '../bench/command.ts';
import { EXIT } from '../src/node/cli/session.ts';
import { runCli } from '../src/node/commands/run-cli.ts';

// A reader such as `head` may close the pipe early, which is no failure. A full disk is.
process.stdout.on('error', ({ code, message }: NodeJS.ErrnoException) => {
  if (code === 'EPIPE') return;
  process.stderr.write(`OutputWriteError: standard output: cannot be written: ${code ?? message}\n`);
  process.exit(EXIT.failed);
});
process.stderr.on('error', () => {}); // stderr is closed: nothing to report to

// The first Ctrl-C lets the command clean up; the second exits at once.
const interruption = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.on(signal, () => {
    if (interruption.signal.aborted) process.exit(EXIT.interrupted);
    interruption.abort(signal);
  });
}

const io = { stdout: process.stdout, stderr: process.stderr };
process.exitCode = await runCli(process.argv.slice(2), io, {
  signal: interruption.signal,
  moreCommands: [registerBench],
});
