import { dirname, extname, resolve } from 'node:path';
import { csvRows } from './csv-rows.ts';
import { CaptionsFormatError, CaptionsHeaderError, CaptionsRowError, NoCaptionsError } from './errors.ts';
import { isImageUrl } from './image-files.ts';
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
 * the empty caption. UTF-8, with or without a byte order mark; lines end in LF or CRLF.
 * @throws {CaptionsFormatError} for another file extension
 * @throws {TextFileReadError | TextEncodingError}
 * @throws {CaptionsHeaderError | CaptionsRowError} naming the line
 * @throws {NoCaptionsError} for a file without any
 */
export async function readCaptions(path: string): Promise<Caption[]> {
  const captions = await byEnding(path);
  if (captions.length === 0) throw new NoCaptionsError(path);
  return captions;
}

async function byEnding(path: string): Promise<Caption[]> {
  switch (extname(path).toLowerCase()) {
    case '.txt':
      return (await readTextLines(path)).map((text, i) => ({ id: String(i), text }));
    case '.csv':
      return parseCsv(path, await readTextFile(path));
    default:
      throw new CaptionsFormatError(path);
  }
}

function parseCsv(path: string, text: string): Caption[] {
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
    return { ...caption, image: isImageUrl(id) ? id : resolve(dirname(path), id) };
  });
}
