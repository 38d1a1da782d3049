import { extname, resolve } from 'node:path';
import { csvRows } from './csv-rows.ts';
import { CaptionsFormatError, CaptionsHeaderError, CaptionsRowError, NoCaptionsError } from './errors.ts';
import { isImageUrl } from './image-files.ts';
import { type InputFile, inputFolder, inputName } from './input-file.ts';
import { readTextFile, readTextLines } from './text-file.ts';

export interface Caption {
  /** The CSV's `image` or `id`, as written there; in a text file the index of the line, from 0. */
  readonly id: string;
  readonly text: string;
  /** The path or URL in the CSV's column `image`. */
  readonly image?: string;
  /** The pair's class, from the CSV's column `label`. */
  readonly label?: string;
}

/**
 * Reads captions: a CSV with the header `image,caption` or `id,caption` (of further columns only `label` is read,
 * images lie relative to the CSV, empty lines are no rows), or a `.txt` with one caption a line, where an empty line is
 * the empty caption. What comes through a pipe is told apart by its header. UTF-8, with or without a byte order mark; lines end in LF or CRLF.
 * @throws {CaptionsFormatError} for another file extension
 * @throws {TextFileReadError | TextEncodingError}
 * @throws {CaptionsHeaderError | CaptionsRowError} naming the line
 * @throws {NoCaptionsError} for a file without any
 */
export async function readCaptions(file: InputFile): Promise<Caption[]> {
  const captions =
    (await captionsFormat(file)) === '.txt'
      ? (await readTextLines(file)).map((text, i) => ({ id: String(i), text }))
      : parseCsv(file, await readTextFile(file));
  if (captions.length === 0) throw new NoCaptionsError(inputName(file));
  return captions;
}

/** By the ending; of a pipe without one a CSV if its first line has a column caption. @throws {CaptionsFormatError} */
export async function captionsFormat(file: InputFile): Promise<'.csv' | '.txt'> {
  const ending = extname(inputName(file)).toLowerCase();
  if (ending === '.csv' || ending === '.txt') return ending;
  if (typeof file === 'string') throw new CaptionsFormatError(file);
  const [header = ''] = await readTextLines(file);
  const names = header.split(',').map((name) =>
    name
      .trim()
      .replace(/^"(.*)"$/, '$1')
      .toLowerCase(),
  );
  return names.includes('caption') ? '.csv' : '.txt';
}

function parseCsv(file: InputFile, text: string): Caption[] {
  const path = inputName(file);
  const [header, ...rows] = csvRows(
    text,
    'put a caption with commas in double quotes',
    (line, reason, options) => new CaptionsRowError(path, line, reason, options),
  );
  if (!header) throw new NoCaptionsError(path);
  const names = header.record.map((name) => name.trim().toLowerCase());
  const captionColumn = names.indexOf('caption');
  const imageColumn = names.indexOf('image');
  const labelColumn = names.indexOf('label');
  const idColumn = imageColumn >= 0 ? imageColumn : names.indexOf('id');
  if (captionColumn < 0 || idColumn < 0)
    throw new CaptionsHeaderError(path, header.info.lines, header.record);
  return rows.map(({ record, info }) => {
    const id = (record[idColumn] ?? '').trim();
    if (id === '') throw new CaptionsRowError(path, info.lines, `${names[idColumn]} is empty`);
    const label = record[labelColumn]?.trim();
    const caption = { id, text: record[captionColumn] ?? '', ...(label ? { label } : {}) };
    if (imageColumn < 0) return caption;
    return { ...caption, image: isImageUrl(id) ? id : resolve(inputFolder(file), id) };
  });
}
