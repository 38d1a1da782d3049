import { Command, CommanderError } from 'commander';
import { description, version } from '../../../package.json';
import { throwIfAborted } from '../../errors.ts';
import { complainAsOthers, endingOf, printError } from '../cli/error-report.ts';
import { EXIT } from '../cli/exit-codes.ts';
import { replaceHelpCommands } from '../cli/help-command.ts';
import { described } from '../cli/number-options.ts';
import type { Io, LoadModel, Session } from '../cli/session.ts';
import { expectOneStandardInput } from '../cli/standard-streams.ts';
import { dateOf } from '../provenance.ts';
import { registerCloseGap } from './close-gap.ts';
import { registerCompletion } from './completion.ts';
import { registerConvert } from './convert.ts';
import { registerDoctor } from './doctor.ts';
import { registerDuplicates } from './duplicates.ts';
import { registerEmbed } from './embed.ts';
import { registerEvaluate } from './evaluate.ts';
import { registerExport } from './export.ts';
import { registerGap } from './gap.ts';
import { registerMcp } from './mcp.ts';
import { registerSearch } from './search.ts';
import { registerServe } from './serve.ts';
import { registerShards } from './shards.ts';
import { registerSimilarity } from './similarity.ts';
import { registerStudy } from './study.ts';
import { registerTsne } from './tsne.ts';
import { registerWorker } from './worker.ts';
import { registerZeroShot } from './zero-shot.ts';

/** Adds one command to the program. */
export type RegisterCommand = (program: Command, session: Session) => void;

/** One line per command; each is a file in `commands/`. */
const REGISTER: readonly RegisterCommand[] = [
  registerEmbed,
  registerShards,
  registerWorker,
  registerZeroShot,
  registerEvaluate,
  registerStudy,
  registerSearch,
  registerDuplicates,
  registerSimilarity,
  registerTsne,
  registerGap,
  registerCloseGap,
  registerExport,
  registerConvert,
  registerMcp,
  registerServe,
  registerDoctor,
  registerCompletion,
];

/** Replacements for parts of the command line, for tests and the benchmarks. */
export interface CliParts {
  readonly signal?: AbortSignal;
  readonly loadModel?: LoadModel;
  readonly defaultModel?: () => Promise<string>;
  /** Commands besides the package's own, such as the benchmarks. */
  readonly moreCommands?: readonly RegisterCommand[];
}

/**
 * Runs one command line, without the program's name. Results go to `io.stdout`, all else to `io.stderr`.
 * @returns the exit code: 0 done, 1 failed, 2 wrong usage, 130 and 143 for SIGINT and SIGTERM. Never throws.
 */
export async function runCli(argv: readonly string[], io: Io, parts: CliParts = {}): Promise<number> {
  const session: Session = {
    argv,
    started: new Date(),
    io,
    signal: parts.signal ?? new AbortController().signal,
    loadModel: parts.loadModel ?? loadModel,
    defaultModel: parts.defaultModel ?? defaultModel,
  };
  const program = createProgram(io).hook('preAction', (_, called) => {
    throwIfAborted(session.signal); // a signal that came while the program was loaded
    dateOf(session); // refused before the work
    expectOneStandardInput(called);
  });
  registerCommands(program, session, parts.moreCommands);
  replaceHelpCommands(program);
  complainAsOthers(program);
  try {
    await program.parseAsync(argv[0] === '-V' ? ['--version'] : argv, { from: 'user' });
    return EXIT.done;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.done : EXIT.usage; // it printed help
    const ending = endingOf(error, session.signal);
    printError(io, ending, asksForJson(argv));
    return ending.code;
  }
}

/** Adds the package's commands, and more. */
export function registerCommands(
  program: Command,
  session: Session,
  more: readonly RegisterCommand[] = [],
): void {
  for (const register of [...REGISTER, ...more]) register(program, session);
}

/** Of a command line that may be too wrong to be parsed. */
function asksForJson(argv: readonly string[]): boolean {
  const end = argv.indexOf('--');
  return argv.slice(0, end < 0 ? undefined : end).includes('--json');
}

function createProgram(io: Io): Command {
  return new Command('biomedclip-webgpu')
    .description(description)
    .version(version, '-v, --version')
    .configureHelp({ optionDescription: described, argumentDescription: described })
    .configureOutput({
      writeOut: (text) => io.stdout.write(text),
      writeErr: (text) => io.stderr.write(text),
    });
}

/** Imported on first use: `doctor` and `--help` need neither the engine nor an image decoder. */
async function loadModel(...[source, options]: Parameters<LoadModel>): ReturnType<LoadModel> {
  const { BiomedClip } = await import('../../index.ts');
  return BiomedClip.load(source, options);
}

async function defaultModel(): Promise<string> {
  const { EMBEDDED_MODEL } = await import('../embedded-model.ts');
  return EMBEDDED_MODEL;
}
