import { type Command, InvalidArgumentError, Option } from 'commander';
import { isEncoding } from '../../tables/decode-text.ts';
import type { FolderFacts, ReadCaptionsOptions } from '../captions.ts';
import type { RowValuesOptions } from '../row-values.ts';
import { expectNotGiven } from './unused-options.ts';

/** Options of every command that reads a table of captions. */
export interface CaptionOptions extends FolderFacts {
  readonly encoding?: string;
  readonly imageColumn?: string;
  readonly captionColumn?: string;
  readonly idColumn?: string;
  readonly labelColumn?: string;
  readonly groupColumn?: string;
}

/** Options of commands that read groups and labels of rows that are embedded already. */
export type ValueOptions = Pick<CaptionOptions, 'encoding' | 'idColumn' | 'labelColumn' | 'groupColumn'>;

/** Options that only a file of captions heeds, as commander names them. */
export const OF_CAPTIONS = [
  ...['encoding', 'imageColumn', 'captionColumn', 'idColumn', 'labelColumn', 'groupColumn'],
] as const;

/** Of commands that read texts alone from such a table. */
export type TextOptions = Pick<CaptionOptions, 'encoding' | 'imageColumn' | 'captionColumn' | 'idColumn'>;

export function addTextOptions(command: Command): Command {
  return command
    .option(
      '--encoding <name>',
      'of the captions file, such as windows-1252 (default: utf-8, or utf-16 if it is)',
      known,
    )
    .option('--image-column <name>', 'column of the images (default: image, file_name, path and their like)')
    .option(
      '--caption-column <name>',
      'column of the captions (default: caption, text, title, report and their like)',
    )
    .option(
      '--id-column <name>',
      'column of the ids: rows of one id are one item (default: the image, else id)',
    );
}

export function addCaptionOptions(command: Command): Command {
  return addTextOptions(command)
    .addOption(
      new Option('--label-column <name>', 'column of the classes (default: label)').conflicts('labelFrom'),
    )
    .addOption(
      new Option(
        '--group-column <name>',
        'column of what images are of, such as patients (default: group)',
      ).conflicts('groupFrom'),
    )
    .addOption(new Option('--label-from <what>', 'the folder of an image is its class').choices(['folder']))
    .addOption(new Option('--group-from <what>', 'the folder of an image is its group').choices(['folder']));
}

export function addValueOptions(command: Command): Command {
  return command
    .option(
      '--encoding <name>',
      'of the files of groups and labels, such as windows-1252 (default: utf-8)',
      known,
    )
    .option('--id-column <name>', 'their column of ids (default: id, else image)')
    .option('--label-column <name>', 'column of the labels (default: label)')
    .option('--group-column <name>', 'column of the groups (default: group)');
}

/** @throws {UsageError} for options that would be ignored, where neither file is given */
export function expectValuesRead(
  command: Command,
  { groups, labels }: { readonly groups?: string; readonly labels?: string },
): void {
  const reason = (file: string) => `has no effect without --${file}; name the file, or leave it out`;
  if (groups === undefined) expectNotGiven(command, ['groupColumn'], reason('groups'));
  if (labels === undefined) expectNotGiven(command, ['labelColumn'], reason('labels'));
  if (groups === undefined && labels === undefined) {
    expectNotGiven(command, ['encoding', 'idColumn'], reason('groups or --labels'));
  }
}

/** What `readRowValues` takes of them. */
export function valuesReading(options: ValueOptions, what: 'group' | 'label'): RowValuesOptions {
  const column = what === 'group' ? options.groupColumn : options.labelColumn;
  return { encoding: options.encoding, column, idColumn: options.idColumn };
}

/** What `readCaptions` takes of them. */
export function captionsReading(
  options: CaptionOptions & Pick<ReadCaptionsOptions, 'needs'>,
): ReadCaptionsOptions {
  const { needs, encoding, imageColumn, captionColumn, idColumn, labelColumn, groupColumn } = options;
  const columns = {
    ...{ image: imageColumn, caption: captionColumn, id: idColumn },
    ...{ label: labelColumn, group: groupColumn },
  };
  return { encoding, columns, needs };
}

function known(name: string): string {
  if (isEncoding(name)) return name;
  throw new InvalidArgumentError(
    'It must be an encoding such as utf-8, utf-16le, windows-1252, gb18030 or shift_jis.',
  );
}
