import type { Argument, Command, Option } from 'commander';
import { registerBench } from '../../bench/command.ts';
import { runCli } from '../../src/node/commands/run-cli.ts';
import { code, escapedAroundCode, table } from './markdown.ts';

/** The page of every command with every argument and option, as commander has them. */
export async function commandsPage(): Promise<string> {
  const program = await wholeProgram();
  const commands = program.commands.flatMap((command) => withSubcommands(command));
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
          ['argument', 'meaning', 'choices', 'default'],
          command.registeredArguments.map((arg) => [code(usage(arg)), ...meaning(arg)]),
        ),
    options.length === 0
      ? ''
      : table(
          ['option', 'meaning', 'choices', 'default'],
          options.map((option) => [
            code(option.flags) + (option.mandatory ? ' (required)' : ''),
            ...meaning(option),
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
  const inWords = /\s*\(default:? ([^)]*)\)/.exec(of.description);
  const given =
    of.defaultValue === undefined ? '' : code(of.defaultValueDescription ?? shown(of.defaultValue));
  const words = inWords ? of.description.replace(inWords[0], '') : of.description;
  return [
    escapedAroundCode(words),
    (of.argChoices ?? []).map(code).join(', '),
    given || escapedAroundCode(inWords?.[1] ?? ''),
  ];
}

function shown(value: unknown): string {
  return Array.isArray(value) ? value.join(',') : String(value);
}
