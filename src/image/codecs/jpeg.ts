import { CodecError, CodecVariantError } from './codec-error.ts';
import type { CodecPixels } from './codec-pixels.ts';
import { type JpegFrame, readJpegFrame } from './jpeg-frame.ts';
import { WasmCodec } from './wasm-codec.ts';

const codec = new WasmCodec('JPEG', async () =>
  (await import('./libjpeg-turbo.ts')).loadLibJpegTurbo(() => {}),
);

/**
 * Decodes JPEG of 8 bits a sample, lossy (ITU-T T.81), grey or three colours, by libjpeg-turbo, which Pillow uses too. Colours
 * come as RGB. Where no marker of the stream says whether they are YCbCr, subsampled ones are, and others if `ycc` says so.
 * @throws {CodecError} for damaged or truncated data, and for other precisions and numbers of components
 */
export async function decodeJpeg(
  bytes: Uint8Array,
  { ycc }: { readonly ycc: boolean },
): Promise<CodecPixels> {
  const frame = readJpegFrame(bytes);
  const { width, height, precision, components } = frame;
  const count = components.length;
  if (precision !== 8) throw new CodecVariantError(`JPEG of ${precision} bits a sample`);
  if (count !== 1 && count !== 3) throw new CodecVariantError(`JPEG of ${count} components`);
  const marked = count === 3 ? withTransform(bytes, frame, ycc) : bytes;
  const data = await codec.run(({ JPEGDecoder }) => {
    const decoder = new JPEGDecoder();
    decoder.getEncodedBuffer(marked.length).set(marked);
    decoder.decode();
    const decoded = decoder.getDecodedBuffer().slice();
    decoder.delete();
    if (decoded.length === width * height * count) return new Uint8Array(decoded.buffer);
    throw new CodecError(`${decoded.length} of ${width * height * count} JPEG samples came`);
  });
  return { width, height, components: count, bitsPerSample: precision, signed: false, data };
}

/** The stream with an Adobe marker (ITU-T T.872, 6.5.3) where it has none and no JFIF header either. */
function withTransform(bytes: Uint8Array, { jfif, adobe, subsampled }: JpegFrame, ycc: boolean): Uint8Array {
  if (jfif || adobe) return bytes;
  const marker = [0xff, 0xee, 0, 14, ...[...'Adobe'].map((char) => char.charCodeAt(0)), 0, 100, 0, 0, 0, 0];
  const transform = subsampled || ycc ? 1 : 0;
  const marked = new Uint8Array(bytes.length + marker.length + 1);
  marked.set(bytes.subarray(0, 2));
  marked.set([...marker, transform], 2);
  marked.set(bytes.subarray(2), 3 + marker.length);
  return marked;
}
