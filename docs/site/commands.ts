import type { Argument, Command, Option } from 'commander';
import { registerBench } from '../../bench/command.ts';
import { boundsOf, withoutDefault } from '../../src/node/cli/number-options.ts';
import { runCli } from '../../src/node/commands/run-cli.ts';
import { code, escapedAroundCode, table } from './markdown.ts';
import { type LibraryOption, libraryOptions } from './options.ts';

/** The page of every command with every argument and option, as commander has them. */
export async function commandsPage(): Promise<string> {
  const program = await wholeProgram();
  const commands = program.commands
    .flatMap((command) => withSubcommands(command))
    .filter((command) => command.name() !== 'help');
  return [
    '# All commands and options',
    'Made from the program itself: what `--help` prints, on one page. Inputs, outputs and exit codes are explained in ' +
      '[Command line](../command-line.md).',
    '',
    table(
      ['command', 'does'],
      commands.map((command) => [
        `[${code(nameOf(command))}](#${nameOf(command).replaceAll(' ', '-')})`,
        escapedAroundCode(command.summary() || command.description()),
      ]),
    ),
    ...commands.map(section),
  ].join('\n\n');
}

/** The command line with all that it registers, caught where further commands would be added. */
export async function wholeProgram(): Promise<Command> {
  let program: Command | undefined;
  const silent = { write: () => true };
  const io = { stdout: silent, stderr: silent } as unknown as Parameters<typeof runCli>[1];
  await runCli(['--version'], io, {
    moreCommands: [
      registerBench,
      (whole) => {
        program = whole;
      },
    ],
  });
  if (!program) throw new TypeError('the command line registers no commands');
  return program;
}

function withSubcommands(command: Command): Command[] {
  return [command, ...command.commands.flatMap(withSubcommands)];
}

/** `close-gap fit`: the names down from the program. */
function nameOf(command: Command): string {
  const { parent } = command;
  return parent?.parent ? `${nameOf(parent)} ${command.name()}` : command.name();
}

function section(command: Command): string {
  const name = nameOf(command);
  const args = command.registeredArguments.map(usage).join(' ');
  const options = command.options.filter(({ hidden }) => !hidden);
  return [
    `## ${name}`,
    escapedAroundCode(command.description()),
    `\`\`\`sh\nnpx biomedclip-webgpu ${[name, args, options.length > 0 ? '[options]' : ''].filter(Boolean).join(' ')}\n\`\`\``,
    command.registeredArguments.length === 0
      ? ''
      : table(
          ['argument', 'meaning', 'takes', 'default'],
          command.registeredArguments.map((arg) => [code(usage(arg)), ...meaning(arg)]),
        ),
    options.length === 0
      ? ''
      : table(
          ['option', 'meaning', 'takes', 'default', 'unit', 'source'],
          options.map((option) => [
            code(option.flags) + (option.mandatory ? ' (required)' : ''),
            ...meaning(option),
            unitOf(option, name),
            escapedAroundCode(libraryOption(option, name)?.source ?? ''),
          ]),
        ),
  ]
    .filter(Boolean)
    .join('\n\n');
}

function usage(arg: Argument): string {
  const name = `${arg.name()}${arg.variadic ? '...' : ''}`;
  return arg.required ? `<${name}>` : `[${name}]`;
}

/** Some options say their default in words, where it depends on something: `(default: the embedded model)`. */
function meaning(of: Option | Argument): [string, string, string] {
  const { text, inWords } = withoutDefault(of.description);
  const given =
    of.defaultValue === undefined ? '' : code(of.defaultValueDescription ?? shown(of.defaultValue));
  return [
    escapedAroundCode(text),
    of.argChoices ? of.argChoices.map(code).join(', ') : (boundsOf(of) ?? ''),
    given || escapedAroundCode(inWords ?? ''),
  ];
}

/** Options of these commands that have a name of the library's are the library's. */
const LIBRARY: Readonly<Record<string, readonly string[]>> = {
  tsne: ['TsneOptions'],
  gap: ['GapOptions'],
  study: ['TsneOptions', 'EmbedOptions'],
  embed: ['EmbedOptions'],
  similarity: ['SimilarityOptions'],
  'close-gap fit': ['ClosingOptions'],
  'close-gap sweep': ['SweepOptions'],
};

let known: readonly LibraryOption[] | undefined; // once: all sources are parsed for it

function libraryOption(option: Option, command: string): LibraryOption['doc'] | undefined {
  known ??= libraryOptions();
  return known.find(({ of, name }) => LIBRARY[command]?.includes(of) && name === option.attributeName())?.doc;
}

/** Of numbers: the library's, or what a value's name says, as in `--timeout <seconds>`. A letter stands for a plain number. */
function unitOf(option: Option, command: string): string {
  if (boundsOf(option) === undefined) return '';
  const [, value = ''] = /[<[]([^>\]]*)/.exec(option.flags) ?? [];
  return libraryOption(option, command)?.unit ?? (value.length > 1 ? value : 'none');
}

function shown(value: unknown): string {
  return Array.isArray(value) ? value.join(',') : String(value);
}
