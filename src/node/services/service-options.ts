import type { Command } from 'commander';
import { addWindowOption } from '../cli/image-options.ts';
import { positiveNumber } from '../cli/number-options.ts';
import { expectNotGiven } from '../cli/unused-options.ts';
import { addClosingOption, addModelOptions } from '../cli/with-model.ts';

/** Options of the servers. */
export function addServiceOptions(command: Command): Command {
  command
    .option(
      '--folder <name=path>',
      'a folder whose images may be read, and its name for requests; may be repeated',
      (pair: string, before: readonly string[] = []) => [...before, pair],
    )
    .option('--recursive', 'images in folders inside these folders too')
    .option('--max-pixels <millions>', 'the most pixels of an image, in millions', positiveNumber, 50);
  command.hook('preAction', (_, called) => {
    const { folder = [] } = called.opts<{ readonly folder?: readonly string[] }>();
    if (folder.length === 0)
      expectNotGiven(called, ['recursive'], 'has no effect without --folder; pass one');
  });
  addWindowOption(command);
  addClosingOption(command);
  return addModelOptions(command);
}
