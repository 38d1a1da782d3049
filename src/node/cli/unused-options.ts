import type { Command } from 'commander';
import { UsageError } from '../errors.ts';

/**
 * Refuses options of the command line that would be ignored.
 * @param names as commander names their values, such as `batchSize`
 * @param reason why they have no effect and what to do, as the end of the sentence `--angle ...`
 * @throws {UsageError} for the first that is given
 */
export function expectNotGiven(command: Command, names: readonly string[], reason: string): void {
  const given = command.options.find(
    (option) =>
      names.includes(option.attributeName()) &&
      command.getOptionValueSource(option.attributeName()) === 'cli',
  );
  if (given) throw new UsageError(`${given.long} ${reason}`);
}
