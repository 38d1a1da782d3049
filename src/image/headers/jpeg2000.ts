import { readJpeg2000Layout } from '../codecs/jpeg2000-layout.ts';
import type { ImageHeader, PillowMode } from './image-header.ts';

/** By components: grey, grey and alpha, RGB, RGBA. */
const modes: Record<number, PillowMode> = { 1: 'L', 2: 'LA', 3: 'RGB', 4: 'RGBA' };

/** Enumerated colour spaces (ITU-T T.800, table I.10 and T.801) that are not read. */
const SPACES: Record<number, string> = { 12: 'CMYK', 14: 'CIELab' };

/** As Pillow takes it: grey of more than 8 bits has 16, colour always 8. */
export function readJpeg2000Header(view: DataView): ImageHeader | string {
  const bytes = new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
  const { width, height, components, colour } = readJpeg2000Layout(bytes);
  const [{ bits, signed } = { bits: 0, signed: false }] = components;
  const space = SPACES[colour?.space ?? 0];
  if (space) return `JPEG 2000 in ${space}`;
  if (colour?.palette) return 'JPEG 2000 with a palette';
  const same = components.every((each) => each.bits === bits && each.signed === signed);
  const pillowMode = modes[components.length];
  if (!pillowMode || bits > 16 || !same) {
    const depths = components
      .slice(0, 4)
      .map((each) => each.bits)
      .join(', ');
    return `JPEG 2000 with ${components.length} components of ${depths}${components.length > 4 ? ', …' : ''} bits`;
  }
  return {
    format: 'jpeg2000',
    width,
    height,
    pillowMode: pillowMode === 'L' && bits > 8 ? 'I;16' : pillowMode,
  };
}
