#!/usr/bin/env node
import { EXIT } from './exit-codes.ts';
import { runCli } from './run-cli.ts';

// A reader such as `head` may go before everything is written; that is no failure.
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
  });
}

// The first Ctrl-C lets the command remove what it began; the second does not wait for that.
const interruption = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.on(signal, () => {
    if (interruption.signal.aborted) process.exit(EXIT.interrupted);
    interruption.abort(signal);
  });
}

const io = { stdout: process.stdout, stderr: process.stderr };
process.exitCode = await runCli(process.argv.slice(2), io, { signal: interruption.signal });
