import { CodecError } from './codec-error.ts';

/** What a JPEG stream says in front of its first scan (ITU-T T.81, annex B). */
export interface JpegFrame {
  /** The process: 0 baseline, 1 extended, 2 progressive, 3 lossless, 55 JPEG-LS; arithmetic coding from 9 on. */
  readonly process: number;
  /** Bits a sample. */
  readonly precision: number;
  readonly width: number;
  readonly height: number;
  /** The identifier of each component. */
  readonly components: readonly number[];
  /** Whether any component has fewer samples than another. */
  readonly subsampled: boolean;
  /** Whether the stream says by Adobe's marker what its colours are, and whether it has a JFIF header, by which they are YCbCr. */
  readonly adobe: boolean;
  readonly jfif: boolean;
}

/** Frame headers: SOF0 to SOF15 without DHT, JPG and DAC, and that of JPEG-LS. */
const isFrameHeader = (marker: number): boolean =>
  marker === 0xf7 || (marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker));

/** @throws {CodecError} if there is no frame header */
export function readJpegFrame(bytes: Uint8Array): JpegFrame {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let [adobe, jfif] = [false, false];
  for (const { marker, at, end } of segments(view)) {
    if (marker === 0xe0 && startsWith(bytes, at, 'JFIF\0')) jfif = true;
    if (marker === 0xee && startsWith(bytes, at, 'Adobe') && end - at >= 12) adobe = true;
    if (isFrameHeader(marker) && end - at >= 6 + 3 * (bytes[at + 5] ?? 0)) {
      return {
        process: marker - 0xc0,
        precision: view.getUint8(at),
        height: view.getUint16(at + 1),
        width: view.getUint16(at + 3),
        components: Array.from({ length: view.getUint8(at + 5) }, (_, i) => view.getUint8(at + 6 + 3 * i)),
        subsampled:
          new Set(Array.from({ length: view.getUint8(at + 5) }, (_, i) => view.getUint8(at + 7 + 3 * i)))
            .size > 1,
        adobe,
        jfif,
      };
    }
  }
  throw new CodecError('the JPEG data has no frame header');
}

/** The marker segments up to the first scan; their contents are at `[at, end)`. */
function* segments(view: DataView): Generator<{ marker: number; at: number; end: number }> {
  for (let at = 2; at + 4 <= view.byteLength; ) {
    if (view.getUint8(at) !== 0xff) return;
    const marker = view.getUint8(at + 1);
    if (marker === 0xff) {
      at += 1; // a fill byte
      continue;
    }
    const end = at + 2 + view.getUint16(at + 2);
    if (marker === 0xda || end > view.byteLength) return;
    yield { marker, at: at + 4, end };
    at = end;
  }
}

function startsWith(bytes: Uint8Array, at: number, text: string): boolean {
  return [...text].every((char, i) => bytes[at + i] === char.charCodeAt(0));
}
