import { concatenateBytes } from '../platform/concatenate.ts';

/** What the three components of a JPEG are. */
export type JpegColours = 'rgb' | 'ycbcr';

/**
 * A JPEG file of a tile's datastream, which in a TIFF leaves its tables to the tag JPEGTables (TIFF Technical Note 2), and its
 * colours to PhotometricInterpretation: Aperio's are RGB without saying so. An Adobe segment says it instead (transform 0 or 1), in
 * place of the segments from which decoders would guess.
 */
export function jpegFile(
  tables: Uint8Array | undefined,
  stream: Uint8Array,
  colours: JpegColours,
): Uint8Array<ArrayBuffer> {
  return concatenateBytes([
    START,
    adobe(colours),
    ...(tables ? segmentsOf(tables) : []),
    ...segmentsOf(stream),
  ]);
}

const START = Uint8Array.of(0xff, 0xd8);

/** APP14: `Adobe`, version 100, no flags, and the transform. */
function adobe(colours: JpegColours): Uint8Array {
  const name = [...'Adobe'].map((char) => char.charCodeAt(0));
  return Uint8Array.of(0xff, 0xee, 0, 14, ...name, 0, 100, 0, 0, 0, 0, colours === 'rgb' ? 0 : 1);
}

/** The segments between start and end, without those of applications; the first scan goes with all that follows it. */
function segmentsOf(stream: Uint8Array): Uint8Array[] {
  const segments: Uint8Array[] = [];
  for (let at = 2; at + 4 <= stream.length; ) {
    const marker = stream[at + 1] ?? 0;
    if (marker === 0xda) return [...segments, stream.subarray(at)];
    if (marker === 0xd9) break;
    const end = at + 2 + (((stream[at + 2] ?? 0) << 8) | (stream[at + 3] ?? 0));
    if (marker < 0xe0 || marker > 0xef) segments.push(stream.subarray(at, end));
    at = end;
  }
  return segments;
}
