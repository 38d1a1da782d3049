import { CodecError, CodecVariantError } from './codec-error.ts';
import type { CodecPixels } from './codec-pixels.ts';
import { readJpegFrame } from './jpeg-frame.ts';
import { WasmCodec } from './wasm-codec.ts';

const codec = new WasmCodec('JPEG-LS', async () => (await import('./charls.ts')).loadCharLs(() => {}));

/** Samples of one line that a bit may stand for, in a run (T.87, A.7.1 and table of J in A.2.1: 2^15). */
const MOST_A_BIT = 2 ** 15;

/**
 * Decodes JPEG-LS (ITU-T T.87), lossless or near-lossless, by CharLS.
 * @throws {CodecError} for damaged or truncated data, told before memory is taken where there are fewer bits than lines; and for more than 16 bits a sample
 */
export async function decodeJpegLs(bytes: Uint8Array): Promise<CodecPixels> {
  const { width, height, precision, components } = readJpegFrame(bytes);
  if (precision > 16) throw new CodecVariantError(`JPEG-LS of ${precision} bits a sample`);
  if (8 * bytes.length < height * Math.ceil(width / MOST_A_BIT)) {
    throw new CodecError(`${bytes.length} bytes are too few for JPEG-LS of ${width} x ${height} pixels`);
  }
  const count = components.length;
  const data = await codec.run(({ JpegLSDecoder }) => {
    const decoder = new JpegLSDecoder();
    decoder.getEncodedBuffer(bytes.length).set(bytes);
    decoder.decode();
    const decoded = decoder.getDecodedBuffer().slice();
    const planes = count > 1 && decoder.getInterleaveMode() === 0;
    decoder.delete();
    const samples = precision > 8 ? new Uint16Array(decoded.buffer) : decoded;
    if (samples.length !== width * height * count) {
      throw new CodecError(`${samples.length} of ${width * height * count} JPEG-LS samples came`);
    }
    return planes ? interleaved(samples, count) : samples;
  });
  return { width, height, components: count, bitsPerSample: precision, signed: false, data };
}

function interleaved<T extends Uint8Array | Uint16Array>(planes: T, count: number): T {
  const pixels = planes.length / count;
  return planes.map((_, i) => planes[(i % count) * pixels + Math.floor(i / count)] ?? 0) as T;
}
