import { CAPTION_ENDINGS, type CaptionRow, readCaptionsFile } from '../../../../src/tables/index.ts';

/** Whether the name is that of a file of captions. */
export function isCaptionsFile(name: string): boolean {
  return CAPTION_ENDINGS.some((ending) => name.toLowerCase().endsWith(ending));
}

/**
 * Reads a table of images and captions, or a text file with a caption a line, by the command line's reader. An image is
 * named without its folders, which files from a picker do not have; in a text file it is undefined.
 * @throws {BiomedClipError} that says what is wrong with the file
 */
export async function readCaptions(file: File): Promise<CaptionRow[]> {
  const { kind, captions } = readCaptionsFile(new Uint8Array(await file.arrayBuffer()), file.name);
  if (kind === 'lines') return [...captions];
  return captions.map(({ image, id, ...row }) => ({ ...row, id, image: (image ?? id).split('/').at(-1) }));
}
