import type { Command } from 'commander';
import type { ByteSink } from '../../../weights/sinks.ts';
import { OutputWriteError } from '../../platform/errors.ts';
import { ClosedPipeError, UsageError } from '../errors.ts';
import { type InputFile, openInput } from '../input-file.ts';
import { readTextFile } from '../text-file.ts';
import type { Session } from './session.ts';

/** An input that a command line names; see `openInput`. */
export function inputOf(path: string, { io, signal }: Session): Promise<InputFile> {
  return openInput(path, path === '-' ? io.stdin : undefined, signal);
}

/** As `inputOf`, of an option that may be left out. */
export async function optionalInput(
  path: string | undefined,
  session: Session,
): Promise<InputFile | undefined> {
  return path === undefined ? undefined : inputOf(path, session);
}

/** What a command line may name files by: its arguments, and the values of options that take a file to read. */
export function namedFiles(command: Command): string[] {
  const files = command.options.filter(({ flags, long }) => flags.includes('file>') && long !== '--out');
  const values = files.map((option) => command.getOptionValue(option.attributeName()) as unknown);
  return [...command.args, ...values.filter((value) => typeof value === 'string')];
}

/** Standard input can be read once. @throws {UsageError} where several arguments are `-` */
export function expectOneStandardInput(command: Command): void {
  if (namedFiles(command).filter((value) => value === '-').length > 1) {
    throw new UsageError(
      'standard input can be read once: pass - in one place only, and name the other files',
    );
  }
}

/** Paths of a command line: patterns as they were written, and those of a list, which mean themselves. */
export interface GivenPaths {
  readonly paths: readonly string[];
  /** Paths that are no patterns, whatever they look like. */
  readonly literal: ReadonlySet<string>;
}

/**
 * Puts the paths that standard input lists in the place of `-`: one a line, or ended by NUL as `find -print0` writes them.
 * @throws {UsageError} for an empty list
 */
export async function givenPaths(args: readonly string[], session: Session): Promise<GivenPaths> {
  if (!args.includes('-')) return { paths: args, literal: new Set() };
  const text = await readTextFile(await inputOf('-', session));
  const listed = text.split(text.includes('\0') ? '\0' : /\r?\n/).filter((path) => path !== '');
  if (listed.length === 0) throw new UsageError('standard input: lists no images');
  return { paths: args.flatMap((arg) => (arg === '-' ? listed : [arg])), literal: new Set(listed) };
}

/** Standard output as a file to write. @throws {ClosedPipeError} @throws {OutputWriteError} */
export function stdoutSink({ stdout }: Session['io']): ByteSink {
  return {
    write: (bytes) =>
      new Promise((resolve, reject) => {
        stdout.write(bytes, (error?: NodeJS.ErrnoException | null) => {
          if (!error) resolve();
          else if (error.code === 'EPIPE') reject(new ClosedPipeError({ cause: error }));
          else reject(new OutputWriteError('standard output', error.code ?? error.message, { cause: error }));
        });
      }),
  };
}
