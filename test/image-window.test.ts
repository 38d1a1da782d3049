// 16-bit grey that uses few of its bits, as scanners write it: the judge is the arithmetic of the window, and the 8-bit
// picture of the same values.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { windowGrey } from '../src/image/pixels.ts';
import { BiomedClip, InvalidOptionError, UnusedBitsError } from '../src/index.ts';
import { decodeImage } from '../src/node/decode-image.ts';
import { readNpy } from '../src/node/npy.ts';
import { adapterOptions, cli, tinyModel } from './support/cli-run.ts';

const SIDE = 40;
/** A ramp from 0 to the greatest value of so many bits. */
const ramp = (bits: number) =>
  Uint16Array.from({ length: SIDE * SIDE }, (_, i) => Math.round((i * (2 ** bits - 1)) / (SIDE * SIDE - 1)));
const png = (values: Uint16Array) =>
  sharp(values, { raw: { width: SIDE, height: SIDE, channels: 1 } })
    .toColourspace('grey16')
    .png()
    .toBuffer();

let folder: string;
let model: BiomedClip;
const files: Record<number, string> = {};
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'window-'));
  for (const bits of [10, 12, 14, 16]) {
    files[bits] = join(folder, `${bits}-bit.png`);
    await writeFile(files[bits], await png(ramp(bits)));
  }
  const { directory } = await tinyModel(folder);
  model = await BiomedClip.load(directory, { adapter: process.env.BIOMEDCLIP_ADAPTER });
});
afterAll(async () => {
  model.destroy();
  await rm(folder, { recursive: true });
});

test.each([10, 12, 14])('auto shows %i bits as 16 bits are shown', async (bits) => {
  const shown = await decodeImage(files[bits] ?? '', { window: 'auto' });
  const whole = await decodeImage(files[16] ?? '');
  const differences = shown.data.map((value, i) => Math.abs(value - (whole.data[i] ?? 0)));
  expect(Math.max(...differences)).toBeLessThanOrEqual(1); // the ramps are rounded to other steps
  expect((await decodeImage(files[bits] ?? '')).unusedBits).toBe(16 - bits);
  expect(shown.unusedBits).toBe(0);
});

test('auto of a single value, and of none but black', () => {
  expect([...windowGrey(Uint16Array.of(7, 7), 'auto').data]).toEqual([7, 7, 7, 255, 7, 7, 7, 255]);
  expect([...windowGrey(Uint16Array.of(40_000), 'auto').data]).toEqual([0, 0, 0, 255]);
  expect(windowGrey(Uint16Array.of(0, 0)).unusedBits).toBe(16);
});

// The greatest value says the depth; only above 14 bits does the least count, as in a CT stored with an offset of 32,768.
test.each([
  [0, 255, { low: 0, high: 255 }],
  [100, 256, { low: 0, high: 1023 }],
  [900, 1023, { low: 0, high: 1023 }],
  [3000, 3500, { low: 0, high: 4095 }],
  [0, 4096, { low: 0, high: 16_383 }],
  [0, 16_383, { low: 0, high: 16_383 }],
  [0, 16_384, { low: 0, high: 16_384 }],
  [31_768, 35_863, { low: 31_768, high: 35_863 }],
])('auto of values from %i to %i', (least, greatest, window) => {
  const values = Uint16Array.of(least, Math.round((least + greatest) / 2), greatest);
  expect(windowGrey(values, 'auto').data).toEqual(windowGrey(values, window).data);
});

test('dicom is the default for pictures, with its warning', () => {
  const values = Uint16Array.of(0, 4095);
  expect(windowGrey(values, 'dicom')).toEqual(windowGrey(values));
  expect(windowGrey(values, 'dicom').unusedBits).toBe(4);
});

describe('embedBatch', () => {
  test('warns once of all that come out nearly black, and not of others', async () => {
    const onWarning = vi.fn();
    const black = await sharp({ create: { width: 8, height: 8, channels: 3, background: '#000' } })
      .png()
      .toBuffer();
    const sources = [files[12], files[16], black, files[14]].map((source) => ({ source: source ?? '' }));
    await model.embedBatch({ images: sources }, { onWarning });
    expect(onWarning).toHaveBeenCalledOnce();
    const [[warning] = []] = onWarning.mock.calls;
    expect(warning).toBeInstanceOf(UnusedBitsError);
    expect(warning.images).toEqual([
      { id: '0', unused: 4 },
      { id: '3', unused: 2 },
    ]);
    expect(warning.message).toBe(
      '2 images of 16-bit grey came out nearly black, since few of the bits are used ("0": 12 bits, "3": 14 bits); ' +
        "give a window: { source, window: 'auto' } or { low, high }, or --window",
    );
  });

  test('a window silences it; without a handler the console is told', async () => {
    const onWarning = vi.fn();
    const source = files[12] ?? '';
    for (const window of ['auto', { low: 0, high: 4095 }] as const) {
      await model.embedBatch({ images: [{ source, window }] }, { onWarning });
    }
    expect(onWarning).not.toHaveBeenCalled();
    const warn = vi.spyOn(console, 'warn').mockImplementation(() => {});
    await model.embedBatch({ images: [source] });
    expect(warn).toHaveBeenCalledWith(
      expect.stringContaining('an image of 16-bit grey came out nearly black'),
    );
    warn.mockRestore();
  });

  test.each(['full', 5, { low: 3 }])('the window %o', async (window) => {
    const failure = await model
      .embedBatch({ images: [{ source: files[12] ?? '', window: window as never }] })
      .catch((error: Error) => error);
    expect((failure as Error).cause).toBeInstanceOf(InvalidOptionError);
  });
});

describe('--window', () => {
  const embed = async (out: string, ...options: string[]) => {
    const argv = ['embed', files[12] ?? '', '--model', join(folder, 'model'), ...adapterOptions];
    const result = await cli([...argv, '--out', join(folder, out), ...options]);
    return { ...result, rows: await readNpy(join(folder, out, 'images.npy')).catch(() => undefined) };
  };

  test('is named by the warning, and gives the picture that 16 bits give', async () => {
    expect((await embed('dark')).stderr).toMatch(/^warning: an image .* nearly black.*--window$/m);
    const { stderr, rows } = await embed('bright', '--window', '0,4095');
    expect(stderr).not.toContain('nearly black');
    const { images } = await model.embedBatch({ images: [{ source: files[16] ?? '' }] });
    const cosine = [...(rows?.data ?? [])].reduce((sum, value, d) => sum + value * (images.data[d] ?? 0), 0);
    expect(cosine).toBeGreaterThan(0.999);
    expect((await embed('auto', '--window', 'auto')).rows).toEqual(rows);
  });

  test.each(['4095', '9,3', 'all', '0,1,2', ','])('%s is wrong usage', async (window) => {
    const { code, stderr } = await embed('none', '--window', window);
    expect(code).toBe(2);
    expect(stderr).toContain('It must be auto, dicom, or two numbers such as 0,4095, the lower one first');
  });
});
