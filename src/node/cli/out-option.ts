import { basename, dirname } from 'node:path';
import { type Command, Option } from 'commander';
import { OutputExistsError, UsageError } from '../errors.ts';
import { expectWritable, firstExisting } from '../staged-files.ts';
import { expectNotGiven } from './unused-options.ts';

/** Options of every command that writes files. */
export interface ForceOption {
  /** Existing files are overwritten. */
  readonly force?: boolean;
}

/** Of commands that write one file, which `-o -` writes to standard output. */
export interface FormatOption {
  readonly format?: string;
}

/**
 * Declares `--out` with its short form, and `--force`.
 * @param value `<dir>` or `<file>`
 * @param options with `stdout` the formats, the usual one first, in which `-o -` writes to standard output
 */
export function addOutOption(
  command: Command,
  value: '<dir>' | '<file>',
  description: string,
  {
    optional = false,
    stdout = [],
  }: { readonly optional?: boolean; readonly stdout?: readonly string[] } = {},
): Command {
  const out = new Option(`-o, --out ${value}`, description);
  command.addOption(out).option('--force', 'overwrite what is there');
  if (stdout.length > 0) {
    const about = `what -o - writes to standard output (default: ${stdout[0]})`;
    command.addOption(new Option('--format <name>', about).choices(stdout));
  }
  // Not commander's mandatory options: it reports them before a misspelt option, such as --ot.
  return command.hook('preAction', (_, called) => {
    const { out: given } = called.opts<{ readonly out?: string }>();
    if (given === undefined && !optional) called.error(`required option '${out.flags}' not specified`);
    if (given === '-') expectStdout(called, value, stdout);
    else
      expectNotGiven(
        called,
        ['format'],
        'is for -o - alone: else the ending of the name says it; leave it out',
      );
  });
}

/** @throws {UsageError} unless the command writes one file, and nothing else to standard output */
function expectStdout(command: Command, value: string, formats: readonly string[]): void {
  if (formats.length === 0) {
    const what = value === '<dir>' ? 'several files are written; name a directory' : 'name a file';
    throw new UsageError(`-o - is for tables: here ${what} (./- is one of that name)`);
  }
  expectNotGiven(command, ['json'], 'and -o - would both write to standard output; pass one of them');
}

/**
 * Checks before the work that a command can write its files, and may: existing ones are kept unless `--force` is given.
 * @throws {OutputWriteError} @throws {OutputExistsError}
 */
export async function checkOutputs(
  directory: string,
  names: readonly string[],
  { force = false }: ForceOption,
): Promise<void> {
  await expectWritable(directory, names);
  const existing = force ? undefined : await firstExisting(directory, names);
  if (existing !== undefined) throw new OutputExistsError(existing);
}

/** As `checkOutputs`, of one file. */
export function checkOutputFile(path: string, options: ForceOption): Promise<void> {
  return checkOutputs(dirname(path), [basename(path)], options);
}
