import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { CodecError } from '../src/image/codecs/codec-error.ts';
import { decodeJpeg2000 } from '../src/image/codecs/jpeg2000.ts';

// Judge: OpenJPEG's own programs (test/golden/jpeg2000.py), to the bit, lossy files too.

const folder = new URL('golden/jpeg2000/', import.meta.url);
const read = async (file: string) => new Uint8Array(await readFile(new URL(file, folder)));
const golden: {
  file: string;
  width: number;
  height: number;
  components: number;
  bitsPerSample: number;
  signed: boolean;
  first: number[];
  sha256: string;
}[] = JSON.parse(await readFile(new URL('index.json', folder), 'utf8'));

test.each(golden)('gives the samples of $file', async ({ file, first, sha256, ...layout }) => {
  const { data, ...decoded } = await decodeJpeg2000(await read(file));
  expect(decoded).toEqual(layout);
  expect([...data.slice(0, 8)]).toEqual(first);
  const bytes = new Uint8Array(Int32Array.from(data).buffer);
  expect(createHash('sha256').update(bytes).digest('hex')).toBe(sha256);
});

test.each(['rgb.jp2', 'grey-16.jp2', 'grey-alpha.jp2', 'rgb.j2k'])('%s, cut off anywhere', async (file) => {
  const bytes = await read(file);
  for (let cut = 0; cut < bytes.length - 2; cut += 401) {
    await expect(decodeJpeg2000(bytes.subarray(0, cut))).rejects.toBeInstanceOf(CodecError);
  }
  expect((await decodeJpeg2000(bytes)).width).toBe(37); // and the codec works as before
});

test('damaged data, in words of its own', async () => {
  const bytes = await read('rgb.j2k');
  await expect(decodeJpeg2000(bytes.subarray(0, 700))).rejects.toThrow(
    /^the JPEG 2000 data is damaged or cut off/,
  );
  await expect(decodeJpeg2000(Uint8Array.of(1, 2, 3))).rejects.toThrow('ends within its header');
  await expect(decodeJpeg2000(new Uint8Array(64))).rejects.toThrow(CodecError);
});

test.each([
  ['of absurd size', 8, [0x7f, 0xff, 0xff, 0xff], /2147483647 x 21 pixels/],
  ['of 38 bits', 42, [37], /38 bits a sample/],
  ['of several depths', 45, [11], /several depths/],
])('a codestream %s is refused before it is decoded', async (_, at, patch, message) => {
  const bytes = await read('rgb.j2k');
  bytes.set(patch, at);
  if (at === 42) for (const component of [1, 2]) bytes.set(patch, at + 3 * component);
  await expect(decodeJpeg2000(bytes)).rejects.toThrow(message);
});
