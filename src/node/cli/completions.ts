import type { Command, Option } from 'commander';
import type { Completion } from './completion-scripts.ts';

/**
 * What may stand in the place of the last word: commands, options, or an option's choices. Nothing where a file, a number
 * or a text is expected, so that the shell completes file names.
 * @param words of the command line, without the program's name; the last may be empty
 */
export function completionsOf(program: Command, words: readonly string[]): Completion[] {
  const whole = words.filter((word, i) => word !== '=' || i === words.length - 1); // bash splits --dtype=f16 at the =
  const current = whole.at(-1) === '=' ? '' : (whole.at(-1) ?? '');
  const { command, operands, option } = walk(program, whole.slice(0, -1));
  const [, name = '', value] = /^(--[^=]+)=(.*)$/.exec(current) ?? [];
  if (value !== undefined) {
    const found = choicesOf(optionOf(command, name));
    return beginning(value, found).map((choice) => ({ ...choice, value: `${name}=${choice.value}` }));
  }
  if (option) return beginning(current, choicesOf(option));
  if (current.startsWith('-')) return beginning(current, optionsOf(command));
  const argument = command.registeredArguments[operands];
  const choices = (argument?.argChoices ?? []).map((choice) => ({ value: choice, description: '' }));
  return beginning(current, operands === 0 ? [...commandsIn(command), ...choices] : choices);
}

interface Place {
  readonly command: Command;
  /** Words that are neither options, their values nor commands. */
  readonly operands: number;
  /** The option whose value comes next. */
  readonly option?: Option;
}

/** Follows whole words to where the last one stands. */
function walk(program: Command, words: readonly string[]): Place {
  let place: Place = { command: program, operands: 0 };
  for (const word of words) {
    const { command, operands, option } = place;
    if (option) place = { command, operands };
    else if (word.startsWith('-') && word !== '-') {
      const found = word.includes('=') ? undefined : optionOf(command, word);
      place = { command, operands, option: found?.required || found?.optional ? found : undefined };
    } else {
      const below = command.commands.find((one) => one.name() === word);
      place = below ? { command: below, operands: 0 } : { command, operands: operands + 1 };
    }
  }
  return place;
}

function optionOf(command: Command, flag: string): Option | undefined {
  return command.options.find(({ short, long }) => flag === short || flag === long);
}

function choicesOf(option: Option | undefined): Completion[] {
  return (option?.argChoices ?? []).map((value) => ({ value, description: '' }));
}

function optionsOf(command: Command): Completion[] {
  return command
    .createHelp()
    .visibleOptions(command)
    .map(({ long, short, description }) => ({ value: long ?? short ?? '', description }));
}

function commandsIn(command: Command): Completion[] {
  return command
    .createHelp()
    .visibleCommands(command)
    .map((one) => ({ value: one.name(), description: one.summary() || one.description() }));
}

function beginning(start: string, completions: readonly Completion[]): Completion[] {
  return completions.filter(({ value }) => value.startsWith(start));
}
