import { decodeClosing, encodeClosing } from '../../../src/closing/closing-file.ts';
import { npyPieces, readNpyArray } from '../../../src/npy/npy.ts';
import { npyBytes } from '../../../src/npy/vectors.ts';
import { blobSource } from '../../../src/platform/blob-source.ts';
import { memorySource } from '../../../src/platform/given-file.ts';
import { describedParquet, holdsVectors } from '../../../src/rows-files/parquet-descriptions.ts';
import { readRowsFile } from '../../../src/rows-files/read-rows.ts';
import { crc32 } from '../../../weights/crc32.ts';
import { zipPieces } from '../../../weights/zip-writer.ts';
import { collect } from '../../support/memory-files.ts';
import { golden, together } from '../seeds.ts';
import { answer, expectSame, expectThat, type Target } from '../target.ts';

const npy: Target = {
  name: 'npy',
  seeds: golden('npy', /\.npy$/, 400),
  words: [
    "'descr': '<f4'",
    "'fortran_order': True",
    "'shape': (1,)",
    "'shape': (0, 3)",
    "'>f8'",
    "'<f2'",
    "'|b1'",
    ', }',
    '(1,1,1,',
  ],
  repair: withNpyHeaderLength,
  async read(bytes) {
    const { shape, data } = await readNpyArray(memorySource('a.npy', bytes));
    expectThat(shape.reduce((product, side) => product * side, 1) === data.length, 'data of another length');
    const written = new Uint8Array(Buffer.concat([...npyPieces({ shape, data })]));
    const again = await readNpyArray(memorySource('again.npy', written));
    expectSame(again, { shape, data }, 'written and read again');
    expectSame(
      await readNpyArray(blobSource('a.npy', new Blob([new Uint8Array(bytes)]))),
      { shape, data },
      'from a Blob',
    );
  },
};

function withNpyHeaderLength(bytes: Uint8Array): Uint8Array {
  const end = bytes.lastIndexOf(0x0a) + 1;
  if (end < 12 || end > 65_535 + 10) return bytes;
  const result = bytes.slice();
  new DataView(result.buffer).setUint16(8, end - 10, true);
  return result;
}

function rowsTarget(name: string, seeds: Target['seeds'], more: Partial<Target> = {}): Target {
  return {
    name,
    seeds,
    async read(bytes) {
      const kind = bytes.length % 2 ? 'images' : 'texts';
      const { rows } = await readRowsFile(memorySource('rows', bytes), { kind });
      expectThat(rows.data.length === rows.rows * rows.dim, 'rows of another length');
      expectThat(rows.ids === undefined || rows.ids.length === rows.rows, 'ids of another length');
      if (rows.rows > 0 && rows.data.every(Number.isFinite)) {
        const again = await readRowsFile(memorySource('again', npyBytes(rows)));
        expectSame(again.rows.data, rows.data, 'written as .npy and read again');
      }
      const blob = blobSource('rows', new Blob([new Uint8Array(bytes)]));
      const fromBlob = await answer(async () => (await readRowsFile(blob, { kind })).rows);
      expectSame(fromBlob, rows, 'from a Blob');
    },
    ...more,
  };
}

const UNPACKED = (length: number) => (4 << 20) + 1100 * length;

const npz = rowsTarget('npz', golden('rows', /\.npz$/), {
  words: [
    'PK\x01\x02',
    'PK\x03\x04',
    'PK\x05\x06',
    '.npy',
    'images',
    'texts',
    "'shape': (1, 2)",
    'manifest.json',
  ],
  memory: UNPACKED,
  repair: withSums,
  cases: 1500,
});

/** The CRC-32 of a lone stored member, in its directory. */
function withSums(bytes: Uint8Array): Uint8Array {
  const view = new DataView(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length));
  const central = Buffer.from(view.buffer).indexOf('PK\x01\x02', 0, 'latin1');
  if (central < 0 || central + 46 > bytes.length) return bytes;
  const start = 30 + view.getUint16(26, true) + view.getUint16(28, true);
  const size = view.getUint32(central + 20, true);
  if (start + size > bytes.length) return bytes;
  view.setUint32(central + 16, crc32(0, bytes.subarray(start, start + size)), true);
  return new Uint8Array(view.buffer);
}

/** A .npz whose only member is the file of the case, so that its sums are right. */
const packed: Target = {
  ...rowsTarget('npz-manifest', golden('npy', /^matrix/), { cases: 1000 }),
  async read(bytes) {
    const [matrix = new Uint8Array()] = await golden('npy', /^matrix\.npy$/)();
    const members = [
      { name: 'images.npy', size: matrix.length, pieces: () => [matrix] },
      { name: 'manifest.json', size: bytes.length, pieces: () => [bytes] },
    ];
    const { rows } = await readRowsFile(memorySource('rows.npz', await collect(zipPieces(members))));
    expectThat(rows.ids === undefined || rows.ids.length === rows.rows, 'ids of another length');
  },
  seeds: async () =>
    ['{"images":[{"id":"a"},{"id":"b"},{"id":"c"}]}', '{}', '[]'].map((json) =>
      new TextEncoder().encode(json),
    ),
  words: ['"id"', '"images"', 'null', '"sha256"'],
};

const PARQUET_WORDS = [
  'PAR1',
  'PARE',
  '\x15\x04',
  '\x15\x02',
  '\x19\x1c',
  '\x18\x05',
  '\xff\xff\xff\xff\x0f',
  'element',
  'list',
];

const rowsParquet = rowsTarget('rows-parquet', golden('rows', /\.parquet$/), {
  words: PARQUET_WORDS,
  memory: UNPACKED,
  cases: 1500,
});

const described: Target = {
  name: 'parquet-descriptions',
  seeds: golden('rows', /\.parquet$/),
  words: PARQUET_WORDS,
  memory: UNPACKED,
  cases: 1500,
  async read(bytes) {
    const source = memorySource('rows.parquet', bytes);
    await holdsVectors(source);
    await describedParquet(source);
  },
};

const REPORT = { method: 'shift', logitScale: 1, fingerprint: '', dim: 2, outDim: 2 };
const map = {
  weight: Float32Array.of(1, 0, 0, 1),
  bias: new Float32Array(2),
  recentre: new Float32Array(2),
  dim: 2,
  outDim: 2,
};

const closing: Target = {
  name: 'closing',
  seeds: async () => {
    const report = REPORT as unknown as Parameters<typeof encodeClosing>[1];
    return [
      await encodeClosing({ images: map, texts: map }, report),
      await encodeClosing({ images: map, texts: map }, report, { note: 'x' }),
    ];
  },
  words: [
    'image.weight',
    'text.bias',
    '"shape":[2,2]',
    '\\"method\\":\\"shift\\"',
    '\\"dim\\":2',
    'biomedclip-webgpu gap closing 1',
  ],
  repair(bytes) {
    const end = bytes.lastIndexOf(0x7d) + 1;
    if (end < 9) return bytes;
    const result = bytes.slice();
    new DataView(result.buffer).setBigUint64(0, BigInt(end - 8), true);
    return result;
  },
  async read(bytes) {
    const { maps, report } = await decodeClosing('closing', bytes);
    const again = await decodeClosing('closing', await encodeClosing(maps, report));
    expectSame(again, { maps, report }, 'written and read again');
  },
};

export const rows: readonly Target[] = [
  npy,
  npz,
  packed,
  rowsTarget('rows-safetensors', together(golden('rows', /\.safetensors$/)), {
    cases: 2000,
    words: ['"dtype":"F64"', '"shape":[1,1]', 'biomedclip_webgpu'],
  }),
  rowsParquet,
  described,
  closing,
];
