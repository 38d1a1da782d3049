import { CodecError } from './codec-error.ts';

/**
 * Decodes a frame of DICOM's run-length encoding (PS3.5, annex G): a segment for each byte of each sample, the highest byte
 * of the first sample first, packed as PackBits are.
 * @param pixels of a frame
 * @returns samples in planes, one colour behind the other, each value little-endian
 * @throws {CodecError} for another number of segments, and for segments that are cut off
 */
export function decodeRle(
  bytes: Uint8Array,
  pixels: number,
  samples: number,
  bytesPerSample: number,
): Uint8Array {
  if (bytes.length < 64) throw new CodecError('the RLE header is cut off');
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const segments = samples * bytesPerSample;
  if (view.getUint32(0, true) !== segments) {
    throw new CodecError(`the RLE data has ${view.getUint32(0, true)} segments instead of ${segments}`);
  }
  // Two bytes give 128 at most, so a few bytes never take the memory of a large picture.
  if (pixels * segments > 64 * bytes.length) throw new CodecError('the RLE data is cut off');
  const planes = new Uint8Array(pixels * segments);
  for (let segment = 0; segment < segments; segment++) {
    const from = view.getUint32(4 + 4 * segment, true);
    const to = segment + 1 < segments ? view.getUint32(8 + 4 * segment, true) : bytes.length;
    const sample = Math.floor(segment / bytesPerSample);
    const byte = bytesPerSample - 1 - (segment % bytesPerSample);
    const start = sample * pixels * bytesPerSample + byte;
    unpack(bytes.subarray(from, to), planes, start, bytesPerSample, pixels);
  }
  return planes;
}

/** One segment: n < 128 copies n + 1 bytes, n > 128 repeats the next one 257 - n times. */
function unpack(packed: Uint8Array, out: Uint8Array, start: number, step: number, count: number): void {
  let [at, done] = [0, 0];
  while (done < count && at < packed.length) {
    const n = packed[at] ?? 0;
    at += 1;
    if (n === 128) continue;
    const repeats = n > 128;
    const length = repeats ? 257 - n : n + 1;
    for (let i = 0; i < length && done < count; i++, done++) {
      const byte = packed[repeats ? at : at + i];
      if (byte === undefined) throw new CodecError('an RLE segment is cut off');
      out[start + done * step] = byte;
    }
    at += repeats ? 1 : length;
  }
  if (done < count) throw new CodecError(`an RLE segment has ${done} of ${count} bytes`);
}
