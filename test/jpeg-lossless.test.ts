// A stream that ends early, with the right marker of its end. Judge: the file itself, which is whole.
import { expect, test } from 'vitest';
import { CodecError } from '../src/image/codecs/codec-error.ts';
import { decodeJpegLossless } from '../src/image/codecs/jpeg-lossless.ts';
import { dicomBytes } from './support/dicom-golden.ts';

/** The stream of a DICOM file with one frame, from SOI to EOI. */
async function streamOf(file: string): Promise<Uint8Array> {
  const bytes = Buffer.from(await dicomBytes(file));
  const start = bytes.indexOf(Buffer.of(0xff, 0xd8, 0xff));
  return bytes.subarray(start, bytes.lastIndexOf(Buffer.of(0xff, 0xd9)) + 2);
}

test.each(['jpeg-lossless-16.dcm', 'jpeg-lossless-2.dcm', 'jpeg-lossless-rgb.dcm'])('%s', async (file) => {
  const stream = await streamOf(file);
  const { data } = await decodeJpegLossless(stream);
  expect(new Set(data).size).toBeGreaterThan(2);
  for (const share of [0.6, 0.8, 0.95]) {
    const early = Buffer.concat([
      stream.subarray(0, Math.floor(share * stream.length)),
      Buffer.of(0xff, 0xd9),
    ]);
    await expect(decodeJpegLossless(early), String(share)).rejects.toThrow(CodecError);
  }
});
