// Every command has examples, and each example is a command line that it takes: known options, values within bounds.
import { Command } from 'commander';
import { expect, test } from 'vitest';
import { registerBench } from '../bench/command.ts';
import { commandsOf, pathOf } from '../src/node/cli/error-report.ts';
import { described } from '../src/node/cli/number-options.ts';
import { registerCommands } from '../src/node/commands/run-cli.ts';
import { cli } from './support/cli-run.ts';

/** All commands, which do nothing. */
function program(): Command {
  const stream = process.stderr;
  const session = {
    io: { stdout: stream, stderr: stream },
    ...{ argv: [], started: new Date(), signal: new AbortController().signal },
    loadModel: () => Promise.reject(new Error('loaded')),
    defaultModel: () => Promise.reject(new Error('loaded')),
  };
  const program = new Command('biomedclip-webgpu');
  registerCommands(program, session, [registerBench]);
  for (const command of commandsOf(program)) {
    if (command.commands.length === 0) command.action(() => {});
    command.exitOverride().configureOutput({ writeErr: () => {}, outputError: () => {} });
  }
  return program;
}

const paths = commandsOf(program())
  .slice(1)
  .map((command) => pathOf(command).split(' ').slice(1));

test.each(paths)('%s %s', async (...path) => {
  const { stdout } = await cli([...path, '--help']);
  const [, examples = ''] = stdout.split('\nExamples:\n');
  const lines = examples
    .split('\n')
    .filter((line) => /^ {2}\S/.test(line))
    .map((line) => line.trim());
  expect(lines.length).toBeGreaterThan(0);
  for (const line of lines.filter((one) => one.startsWith('biomedclip-webgpu '))) {
    const words = [...line.replace(/ \| .*/, '').matchAll(/'([^']*)'|"([^"]*)"|(\S+)/g)].map(
      ([, a, b, c]) => a ?? b ?? c ?? '',
    );
    expect(() => program().parse(words.slice(1), { from: 'user' }), line).not.toThrow();
  }
});

test('choices, bounds and default are told in one form, in one pair of brackets', async () => {
  const taken = commandsOf(program()).flatMap(({ options, registeredArguments }) => [
    ...options,
    ...registeredArguments,
  ]);
  const several = taken
    .map(described)
    .filter((text) => (text.match(/\((?:choices|default|an? |each )/g) ?? []).length > 1);
  expect(several).toEqual([]);
  expect((await cli(['gap', '--help'])).stdout).toMatch(/\(choices:\s+csv, npy;\s+default: csv\)/);
  expect((await cli(['completion', '--help'])).stdout).toContain('the shell (choices: bash, zsh, fish)');
  expect((await cli(['convert', '--help'])).stdout).toMatch(/\(choices: f32,\s+f16/);
});
