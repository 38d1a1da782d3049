import { isCaptionsHeader } from './columns.ts';
import { linesOf } from './decode-text.ts';
import { headerNames } from './delimited.ts';
import { CaptionLinesError } from './errors.ts';
import { isObjectLine } from './json.ts';

/**
 * The captions of a text file, one a line; an empty line is the empty caption.
 * @throws {CaptionLinesError} for lines that are plainly more: objects, a table's rows, an id before each caption
 */
export function captionLines(text: string, file: string): string[] {
  const lines = linesOf(text);
  if (lines.at(-1) === '') lines.pop();
  const written = lines.flatMap((line, i) => (line.trim() === '' ? [] : { line, number: i + 1 }));
  const more = shapeOf(written.map(({ line }) => line));
  if (more) throw new CaptionLinesError(file, written[0]?.number ?? 1, more.found, more.advice);
  return lines;
}

interface Shape {
  readonly found: string;
  readonly advice: string;
}

const TABLE = 'name the file .csv or .tsv';

function shapeOf(lines: readonly string[]): Shape | undefined {
  const [first = ''] = lines;
  if (lines.length === 0) return undefined;
  if (lines.every(isObjectLine)) {
    return { found: 'JSON objects', advice: 'name the file .jsonl' };
  }
  if (lines.length > 1 && isCaptionsHeader(headerNames(first))) {
    return { found: 'the rows of a table', advice: TABLE };
  }
  if (lines.every((line) => /^\s*[^\t]*\S\t+\s*\S/.test(line))) {
    const advice = `write the header id<tab>caption, or image<tab>caption, above them, and name the file .tsv`;
    return { found: 'fields between tabs', advice };
  }
  if (lines.every((line) => IMAGE_FIRST.test(line))) {
    return {
      found: 'names of images with captions',
      advice: `write the header image,caption above them, and ${TABLE}`,
    };
  }
  return undefined;
}

/** A file name of an image, and something after it. */
const IMAGE_FIRST = /^"?[^,;]*\.(?:jpe?g|png|webp|tiff?|gif|bmp|dcm)"?\s*[,;\s]\s*\S/i;
