import { CodecError, CodecVariantError } from './codec-error.ts';
import type { CodecPixels } from './codec-pixels.ts';
import { readJpegFrame } from './jpeg-frame.ts';
import { WasmCodec } from './wasm-codec.ts';

const codec = new WasmCodec('JPEG-LS', async () => (await import('./charls.ts')).loadCharLs(() => {}));

/**
 * Decodes JPEG-LS (ITU-T T.87), lossless or near-lossless, by CharLS.
 * @throws {CodecError} for damaged or truncated data, and for more than 16 bits a sample
 */
export async function decodeJpegLs(bytes: Uint8Array): Promise<CodecPixels> {
  const { width, height, precision, components } = readJpegFrame(bytes);
  if (precision > 16) throw new CodecVariantError(`JPEG-LS of ${precision} bits a sample`);
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
