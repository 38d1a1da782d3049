import { createHash } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gunzipSync, gzipSync } from 'node:zlib';
import { describe, expect, test, vi } from 'vitest';
import { decodeNifti, niftiSlices } from '../src/image/nifti/nifti.ts';
import { decodeImage } from '../src/node/decode-image.ts';
import { listImageFiles } from '../src/node/image-files.ts';
import { readIdentified } from '../src/node/image-identity.ts';
import { goldenVolumes, volumeBytes } from './support/golden-volumes.ts';

// Judge: nibabel and NumPy, by golden/nifti.py.

test.each(goldenVolumes)('slices as nibabel has them: $file', async ({ file, slices }) => {
  const bytes = volumeBytes(file);
  for (const { plane, slice, width, height, rgba, choice, window, slices: count } of slices) {
    const { data, ...image } = await decodeNifti(bytes, file, { plane, frame: slice, window: choice });
    const name = `${plane} ${slice}, window ${window}`;
    expect(image, name).toEqual({ width, height, mode: 'rgb' });
    expect([...data], name).toEqual(rgba);
    expect(await niftiSlices(bytes, file, plane), name).toBe(count);
  }
});

const FILE = 'int16-lps-scaled.nii.gz';
const packed = volumeBytes(FILE);
const plain = new Uint8Array(gunzipSync(packed));

/** The plain file with other bytes from an offset of the header. */
function changed(at: number, value: Uint8Array | number[]): Uint8Array {
  const bytes = plain.slice();
  bytes.set(value, at);
  return bytes;
}

const float32 = (value: number) => new Uint8Array(Float32Array.of(value).buffer);
const int16 = (...values: number[]) => new Uint8Array(Int16Array.from(values).buffer);

test('without a slice, the middle one of the axial plane, and how many there are', async () => {
  const middle = await decodeNifti(packed, FILE);
  expect(middle.frames).toBe(4);
  expect(middle.data).toEqual((await decodeNifti(packed, FILE, { plane: 'axial', frame: 3 })).data);
});

test('a plain file and its compressed form are the same, at any place in memory', async () => {
  const shifted = new Uint8Array(plain.length + 3).subarray(3);
  shifted.set(plain);
  const expected = await decodeNifti(packed, FILE);
  expect(await decodeNifti(plain, FILE)).toEqual(expected);
  expect(await decodeNifti(shifted, FILE)).toEqual(expected);
});

test('a file’s slices, also at once, unpack it once', async () => {
  const bytes = packed.slice();
  let unpacked = 0;
  vi.stubGlobal(
    'DecompressionStream',
    class extends DecompressionStream {
      constructor(format: CompressionFormat) {
        super(format);
        unpacked++;
      }
    },
  );
  const slices = () => Promise.all([1, 2, 3, 4].map((frame) => decodeNifti(bytes, FILE, { frame })));
  const first = await slices();
  expect(await slices()).toEqual(first);
  vi.unstubAllGlobals();
  expect(unpacked).toBe(2); // its header and its voxels
});

test('a big-endian file is read without being changed', async () => {
  const bytes = volumeBytes('int16-big-oblique.nii');
  const before = bytes.slice();
  await decodeNifti(bytes, 'big.nii');
  expect(bytes).toEqual(before);
});

test('addresses of slices share a file’s bytes while it is the same', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'nifti-'));
  const path = join(folder, FILE);
  await writeFile(path, packed);
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 60_000 }); // a file that was changed just now could change unseen
  const { files } = await listImageFiles([path], { slices: 'all', plane: 'sagittal' });
  expect(files.map(({ path: address }) => address)).toEqual(
    [1, 2, 3, 4, 5, 6].map((n) => `${path}#sagittal=${n}`),
  );
  const read = await Promise.all(files.map(({ path: address }) => readIdentified(address)));
  expect(new Set(read.map(({ content }) => content)).size).toBe(1);
  expect(read[0]?.identity.sha256).toBe(createHash('sha256').update(packed).digest('hex'));
  await writeFile(path, plain);
  expect((await readIdentified(`${path}#axial=1`)).content).toHaveLength(plain.length);
  vi.useRealTimers();
  await rm(folder, { recursive: true });
});

test('Node’s decoder and its list of a folder take volumes', async () => {
  expect(await decodeImage(packed)).toEqual(await decodeNifti(packed, FILE));
  const { files } = await listImageFiles([fileURLToPath(new URL('golden/nifti/', import.meta.url))]);
  expect(files.map(({ id }) => id).sort()).toEqual(goldenVolumes.map(({ file }) => file).sort());
});

describe('refused', () => {
  test.each<[string, Uint8Array, string, string]>([
    ['another file', new Uint8Array(400), 'UnreadableImageError', 'it holds no NIfTI volume'],
    ['an empty one', new Uint8Array(), 'UnreadableImageError', 'it holds no NIfTI volume'],
    [
      'gzip of another file',
      gzipSync('no volume at all'),
      'UnreadableImageError',
      'it holds no NIfTI volume',
    ],
    [
      'half of a pair',
      changed(344, [...Buffer.from('ni1\0')]),
      'UnreadableImageError',
      'a pair (.hdr and .img)',
    ],
    ['a wrong header size', changed(0, [1, 2]), 'UnreadableImageError', 'damaged or ends early'],
    ['an end within the header', plain.subarray(0, 347), 'UnreadableImageError', 'damaged or ends early'],
    [
      'an end within the voxels',
      plain.subarray(0, 400),
      'UnreadableImageError',
      '592 bytes are expected, 400 are there',
    ],
    ['the same, compressed', gzipSync(plain.subarray(0, 400)), 'UnreadableImageError', '400 are there'],
    [
      'an end within the gzip data',
      packed.subarray(0, packed.length - 20),
      'UnreadableImageError',
      'gzip data are damaged',
    ],
    ['a wrong checksum', packed.with(packed.length - 6, 1), 'UnreadableImageError', 'gzip data are damaged'],
    ['complex numbers', changed(70, int16(32)), 'UnsupportedImageError', 'NIfTI of datatype 32 is not read'],
    ['no axis', changed(40, int16(0)), 'UnreadableImageError', 'sizes that cannot be'],
    ['no voxel along an axis', changed(44, int16(0)), 'UnreadableImageError', 'sizes that cannot be'],
    ['a size below 0', changed(44, int16(-5)), 'UnreadableImageError', 'sizes that cannot be'],
    [
      'a bomb',
      gzipSync(changed(42, int16(32767, 32767, 32767))),
      'ImageFileSizeError',
      'at most 1,073,741,824 are read',
    ],
    [
      'an offset that is none',
      changed(108, float32(Number.NaN)),
      'UnreadableImageError',
      'cannot begin at byte NaN',
    ],
    [
      'an offset beyond what is read, packed',
      gzipSync(changed(108, float32(1e15))),
      'ImageFileSizeError',
      'at most 1,073,741,824 are read',
    ],
    ['an offset beyond reason', changed(108, float32(1e30)), 'UnreadableImageError', 'cannot begin at byte'],
    [
      'an intercept that is none',
      changed(116, float32(Number.NaN)),
      'UnreadableImageError',
      'scl_inter is NaN',
    ],
    [
      'a direction twice',
      changed(280, plain.subarray(296, 312)),
      'UnreadableImageError',
      'has no three directions',
    ],
    [
      'an affine that is none',
      changed(280, float32(Number.NaN)),
      'UnreadableImageError',
      'has no three directions',
    ],
    [
      'a rotation that is none',
      changed(252, [...int16(1, 0), ...float32(1), ...float32(1)]),
      'UnreadableImageError',
      'is none',
    ],
  ])('%s', async (_, bytes, name, message) => {
    const error = await decodeNifti(bytes, 'x.nii').catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ name, source: 'x.nii' });
    expect(String(error)).toContain(message);
    if (!message.includes('there')) {
      await niftiSlices(bytes, 'x.nii', 'axial').catch((thrown: unknown) =>
        expect(thrown).toMatchObject({ name }),
      );
    }
  });

  test('a slice that there is not', async () => {
    const asked = decodeNifti(packed, FILE, { plane: 'coronal', frame: 6 });
    await expect(asked).rejects.toMatchObject({ name: 'NoSuchFrameError', frame: 6, frames: 5 });
  });
});

describe("the caller's memory", () => {
  test('big-endian voxels of a Buffer within a larger one stay as they are', async () => {
    const file = await volumeBytes('int16-big-oblique.nii');
    const larger = Buffer.alloc(3 + file.length);
    larger.set(file, 3);
    const buffer = larger.subarray(3);
    const expected = await decodeNifti(new Uint8Array(file), FILE);
    expect(await decodeNifti(buffer, FILE)).toEqual(expected);
    expect(Buffer.compare(buffer, file)).toBe(0);
  });

  test('another file in the same memory is another picture', async () => {
    const [first, second] = await Promise.all(['uint8-ras.nii.gz', 'uint16-big.nii.gz'].map(volumeBytes));
    const memory = new Uint8Array(Math.max(first?.length ?? 0, second?.length ?? 0));
    memory.set(first ?? []);
    await decodeNifti(memory, FILE);
    memory.fill(0);
    memory.set(second ?? []);
    expect(await decodeNifti(memory, FILE)).toEqual(await decodeNifti(new Uint8Array(memory), FILE));
  });

  test('a small file that says it is large takes little of it', async () => {
    const claims = gunzipSync(await volumeBytes('uint8-ras.nii.gz'));
    claims.writeInt16LE(1000, 42);
    claims.writeInt16LE(1000, 44);
    claims.writeInt16LE(1000, 46);
    const sizes: number[] = [];
    const Plain = Uint8Array;
    vi.stubGlobal(
      'Uint8Array',
      new Proxy(Plain, {
        construct(target, [size, ...rest], to) {
          if (typeof size === 'number') sizes.push(size);
          return Reflect.construct(target, [size, ...rest], to);
        },
      }),
    );
    const failed = await decodeNifti(new Plain(gzipSync(claims)), FILE).catch((error: unknown) => error);
    vi.unstubAllGlobals();
    expect(failed).toMatchObject({ name: 'UnreadableImageError' });
    expect(Math.max(...sizes)).toBeLessThan(1_000_000);
  });
});
