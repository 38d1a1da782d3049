import { parse } from 'csv-parse/browser/esm/sync';

export interface Caption {
  /** The image's file name; undefined in a text file, whose lines belong to the images in order of their names. */
  readonly image: string | undefined;
  readonly text: string;
  readonly label: string | undefined;
}

/**
 * Reads a CSV with the header `image,caption` (and `label`, if it has that column), or a text file with a caption a line.
 * @throws {Error} that says what is wrong with the file
 */
export async function readCaptions(file: File): Promise<Caption[]> {
  const text = (await file.text()).replace(/^\uFEFF/, '');
  if (!/\.csv$/i.test(file.name)) return lines(text);
  const rows: Record<string, string>[] = parse(text, { columns: true, skip_empty_lines: true });
  const [first = {}] = rows;
  if (!('image' in first && 'caption' in first)) {
    throw new Error(`${file.name}: needs a header with the columns image and caption`);
  }
  return rows.map(({ image = '', caption = '', label }) => ({
    image: image.split('/').at(-1) ?? image,
    text: caption,
    label: label || undefined,
  }));
}

function lines(text: string): Caption[] {
  const list = text.split(/\r?\n/);
  if (list.at(-1) === '') list.pop();
  return list.map((line) => ({ image: undefined, text: line, label: undefined }));
}
