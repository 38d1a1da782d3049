import type { Command } from 'commander';
import { nearest } from '../../arguments.ts';
import { UsageError } from '../errors.ts';
import { commandsOf, pathOf } from './error-report.ts';

/** Commander's own `help` follows one name of several, and for one that it does not know prints the general help. */
export function replaceHelpCommands(program: Command): void {
  for (const parent of commandsOf(program).filter(({ commands }) => commands.length > 0)) {
    parent.helpCommand(false);
    parent
      .command('help')
      .argument('[command...]', 'the command, with those above it')
      .description('display help for command')
      .action((names: readonly string[]) => names.reduce(commandIn, parent).help());
  }
}

/** @throws {UsageError} naming the nearest command */
function commandIn(parent: Command, name: string): Command {
  const found = parent.commands.find(
    (command) => command.name() === name || command.aliases().includes(name),
  );
  if (found) return found;
  const near = nearest(
    name,
    parent.commands.map((command) => command.name()),
  );
  const meant = near === undefined ? '' : `; did you mean ${near}?`;
  throw new UsageError(`unknown command '${name}'${meant}; see ${pathOf(parent)} --help`);
}
