import {
  CAPTION_ENDINGS,
  type CaptionRow,
  type CaptionsOptions,
  readCaptionsFile,
} from '../../../../src/tables/index.ts';

/** What people say of a file that does not say it itself. */
export type CaptionsChoice = Pick<CaptionsOptions, 'columns' | 'encoding'>;

/** Whether the name is that of a file of captions. */
export function isCaptionsFile(name: string): boolean {
  return CAPTION_ENDINGS.some((ending) => name.toLowerCase().endsWith(ending));
}

/**
 * Reads a table of images and captions, or a text file with a caption a line, by the command line's reader. In a text file
 * the image is undefined; in a table without images the id names it.
 * @throws {BiomedClipError} that says what is wrong with the file
 */
export async function readCaptions(file: File, choice: CaptionsChoice): Promise<CaptionRow[]> {
  const bytes = new Uint8Array(await file.arrayBuffer());
  const { kind, captions } = readCaptionsFile(bytes, file.name, choice);
  if (kind === 'lines') return [...captions];
  return captions.map(({ image, id, ...row }) => ({ ...row, id, image: image ?? id }));
}
