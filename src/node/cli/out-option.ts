import { stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { type Command, Option } from 'commander';
import { excerpt } from '../../excerpt.ts';
import { EMBEDDING_FILES } from '../embedding-files.ts';
import { OutputExistsError, OutputIsInputError, UsageError } from '../errors.ts';
import { isObjectAddress } from '../object-store/address.ts';
import { expectWritable, firstExisting, type WriteOptions } from '../staged-files.ts';
import { namedFiles } from './standard-streams.ts';
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
 * @param options with `stdout` the formats, the usual one first, in which `-o -` writes to standard output; with `objects` it
 *   may be `s3://bucket/prefix`
 */
export function addOutOption(
  command: Command,
  value: '<dir>' | '<file>',
  description: string,
  {
    optional = false,
    stdout = [],
    objects = false,
  }: { readonly optional?: boolean; readonly stdout?: readonly string[]; readonly objects?: boolean } = {},
): Command {
  const out = new Option(`-o, --out ${value}`, description);
  command.addOption(out).option('--force', 'overwrite what is there');
  if (stdout.length > 0) {
    const about = `what -o - writes to standard output (default: ${stdout[0]})`;
    command.addOption(new Option('--format <name>', about).choices(stdout));
  }
  // Not commander's mandatory options: it reports them before a misspelt option, such as --ot.
  return command.hook('preAction', async (_, called) => {
    const { out: given } = called.opts<{ readonly out?: string }>();
    if (given === undefined && !optional) called.error(`required option '${out.flags}' not specified`);
    if (given === '-') return expectStdout(called, value, stdout);
    const reason = 'is for -o - alone: else the ending of the name says it; leave it out';
    expectNotGiven(called, ['format'], reason);
    if (given === undefined) return;
    if (!objects) expectNoObjectAddress(given);
    expectNoOtherAddress(given);
    // A folder that is written into may be read too; a file must be none of a folder that is read.
    if (value === '<file>') await expectNoInput(called, [given], inFolder);
    else await expectNoInput(called, inFolder(given));
  });
}

/** Files that commands write into a directory and read too. */
function inFolder(directory: string): string[] {
  return EMBEDDING_FILES.map((name) => join(directory, name));
}

/** By the file itself, whatever its name: a link to an input is one. @throws {OutputIsInputError} */
async function expectNoInput(
  command: Command,
  outputs: readonly string[],
  within: (path: string) => readonly string[] = () => [],
): Promise<void> {
  const inputs = new Set<string>();
  for (const path of namedFiles(command)) {
    const fileOfAddress = path.replace(/#[^#]*$/, '');
    for (const file of [path, fileOfAddress, ...within(path)]) inputs.add((await fileKey(file)) ?? '');
  }
  for (const path of outputs) {
    const key = await fileKey(path);
    if (key !== undefined && inputs.has(key)) throw new OutputIsInputError(path);
  }
}

/** Undefined for what is no file, such as a directory or a device. */
async function fileKey(path: string): Promise<string | undefined> {
  const found = await stat(path, { bigint: true }).catch(() => undefined);
  return found?.isFile() ? `${found.dev}:${found.ino}` : undefined;
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

/** How `writeTogether` treats a file that another command wrote since the check. */
export function overwriting({ force = false }: ForceOption): WriteOptions {
  return { overwrite: force };
}

/** As `overwriting`, of a command whose output is a folder. */
export function aloneAndOverwriting(options: ForceOption): WriteOptions {
  return { ...overwriting(options), alone: true };
}

/** As `checkOutputs`, of one file. */
export function checkOutputFile(path: string, options: ForceOption): Promise<void> {
  return checkOutputs(dirname(path), [basename(path)], options);
}

/** Refuses a bucket where files are written. @throws {UsageError} */
export function expectNoObjectAddress(path: string): void {
  if (!isObjectAddress(path)) return;
  throw new UsageError(
    `--out ${excerpt(path)}: only embed --shards and worker write to a bucket; name a file or folder, and copy it there`,
  );
}

/** Where a path is meant, it would be a folder such as `gs:` on this machine. @throws {UsageError} */
function expectNoOtherAddress(path: string): void {
  if (!/^[a-z][a-z\d+.-]+:\/\//i.test(path) || isObjectAddress(path)) return;
  throw new UsageError(
    `--out ${excerpt(path)}: is no file or folder; name a path, or for embed --shards and worker s3://BUCKET/PREFIX`,
  );
}
