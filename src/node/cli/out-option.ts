import { basename, dirname } from 'node:path';
import { type Command, Option } from 'commander';
import { OutputExistsError } from '../errors.ts';
import { expectWritable, firstExisting } from '../staged-files.ts';

/** Options of every command that writes files. */
export interface ForceOption {
  /** Existing files are overwritten. */
  readonly force?: boolean;
}

/** Declares `--out` with its short form, and `--force`. @param value `<dir>` or `<file>` */
export function addOutOption(
  command: Command,
  value: '<dir>' | '<file>',
  description: string,
  { optional = false }: { readonly optional?: boolean } = {},
): Command {
  const out = new Option(`-o, --out ${value}`, description);
  command.addOption(out).option('--force', 'overwrite what is there');
  // Not commander's mandatory options: it reports them before a misspelt option, such as --ot.
  return optional ? command : command.hook('preAction', (_, called) => expectOut(called, out));
}

function expectOut(command: Command, { flags }: Option): void {
  if (command.opts<{ readonly out?: string }>().out === undefined) {
    command.error(`required option '${flags}' not specified`);
  }
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
