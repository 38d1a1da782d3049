#!/usr/bin/env node
import { EXIT, SIGNAL_EXIT } from '../src/node/cli/exit-codes.ts';

// The rest is imported once signals are heard. The first signal lets the command clean up; the second ends it at once.
const interruption = new AbortController();
for (const name of ['SIGINT', 'SIGTERM'] as const) {
  process.on(name, () => {
    if (interruption.signal.aborted) process.exit(SIGNAL_EXIT[name]);
    interruption.abort(name);
  });
}

// A reader such as `head` may close the pipe early, which ends the work as SIGPIPE ends other programs. A full disk is
// an error.
let closedPipe = false;
process.stdout.on('error', ({ code, message }: NodeJS.ErrnoException) => {
  if (code === 'EPIPE') {
    closedPipe = true;
    process.exitCode ||= SIGNAL_EXIT.SIGPIPE; // where the command is done already
    interruption.abort('SIGPIPE');
    return;
  }
  process.stderr.write(`OutputWriteError: standard output: cannot be written: ${code ?? message}\n`);
  process.exit(EXIT.failed);
});
process.stderr.on('error', () => {}); // stderr is closed: nothing to report to

const [{ runCli }, { registerBench }] = await Promise.all([
  import('../src/node/commands/run-cli.ts'),
  import('../bench/command.ts'),
]);
const io = { stdin: process.stdin, stdout: process.stdout, stderr: process.stderr };
const code = await runCli(process.argv.slice(2), io, {
  signal: interruption.signal,
  moreCommands: [registerBench],
});
process.exitCode = closedPipe && code === EXIT.done ? SIGNAL_EXIT.SIGPIPE : code;
