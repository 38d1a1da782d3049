import { type Command, Option } from 'commander';
import { adapterOfIndex } from '../adapter-list.ts';
import { naturalNumber } from './number-options.ts';

/** `--adapter`, and `--adapter-index`, which becomes one of its values. */
export function addAdapterOptions(command: Command): Command {
  return command
    .option('--adapter <name>', 'software, lavapipe, swiftshader, or a part of a GPU’s name')
    .addOption(
      new Option('--adapter-index <n>', 'the adapter of that index in the list of doctor, from 0 on')
        .argParser(naturalNumber)
        .conflicts('adapter'),
    )
    .hook('preAction', (_, called) => {
      const { adapterIndex } = called.opts<{ adapterIndex?: number }>();
      if (adapterIndex !== undefined) called.setOptionValue('adapter', adapterOfIndex(adapterIndex));
    });
}
