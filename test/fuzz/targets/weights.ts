import { blobSource } from '../../../src/platform/blob-source.ts';
import { memorySource } from '../../../src/platform/given-file.ts';
import { openCheckpoint, WEIGHTS_FILES } from '../../../weights/checkpoint.ts';
import { openSafetensors } from '../../../weights/safetensors.ts';
import { safetensorsPieces } from '../../../weights/safetensors-writer.ts';
import type { Checkpoint } from '../../../weights/tensor-info.ts';
import { DTYPE_BYTES, elementCount } from '../../../weights/tensor-info.ts';
import { readStateDict } from '../../../weights/torch-state-dict.ts';
import { openTorchZip } from '../../../weights/torch-zip.ts';
import { dataOffset, readZipDirectory } from '../../../weights/zip-directory.ts';
import { collect, MemoryDirectory } from '../../support/memory-files.ts';
import { golden, texts, together } from '../seeds.ts';
import { answer, expectSame, expectThat, type Target } from '../target.ts';

const quiet = () => {};

const safetensors: Target = {
  name: 'safetensors',
  seeds: together(golden('weights', /\.safetensors$/), golden('rows', /\.safetensors$/)),
  words: [
    '"dtype":"F32"',
    '"shape":[0]',
    '"data_offsets":[0,0]',
    '"__metadata__":{}',
    '{',
    '}',
    'BF16',
    'I64',
  ],
  repair: withHeaderLength,
  async read(bytes) {
    const checkpoint = await openSafetensors(memorySource('model.safetensors', bytes));
    await expectWhole(checkpoint);
    const entries = [...checkpoint.tensors.values()].map(({ name, dtype, shape, byteLength }) => ({
      ...{ name, dtype, shape },
      pieces: async function* () {
        yield await checkpoint.read(name, 0, byteLength);
      },
    }));
    const again = await openSafetensors(
      memorySource('again', await collect(safetensorsPieces(entries, checkpoint.metadata))),
    );
    expectSame(await contentOf(again), await contentOf(checkpoint), 'written and read again');
    expectSame(again.metadata, checkpoint.metadata, 'metadata, written and read again');
  },
};

/** As the format's length of the header should be, were the rest right: up to the last brace that is followed by no text. */
function withHeaderLength(bytes: Uint8Array): Uint8Array {
  const end = bytes.lastIndexOf(0x7d) + 1;
  if (end < 9) return bytes;
  const result = bytes.slice();
  new DataView(result.buffer).setBigUint64(0, BigInt(end - 8), true);
  return result;
}

const pickle: Target = {
  name: 'pickle',
  seeds: async () => {
    const archives = await golden('weights', /\.bin$/, 20_000)();
    const all = await Promise.all(archives.map((bytes) => pickleIn(bytes).catch(() => undefined)));
    return all.filter((bytes) => bytes !== undefined);
  },
  words: [
    ...[
      'ctorch._utils\n_rebuild_tensor_v2\n',
      'ccollections\nOrderedDict\n',
      'ctorch\nFloatStorage\n',
      'X\x07\0\0\0storage',
    ],
    ...[
      '\x80\x02',
      '(',
      ')',
      '}',
      ']',
      'Q',
      'R',
      'b',
      'e',
      'u',
      's',
      't',
      'q\0',
      'h\0',
      'j\0\0\0\0',
      'r\0\0\0\0',
      '.',
      'N',
    ],
    ...[
      '\x8a\x08\xff\xff\xff\xff\xff\xff\xff\x7f',
      'J\xff\xff\xff\x7f',
      'K\x02',
      'M\0\x01',
      '\x85',
      '\x86',
      '\x87',
      '\x81',
    ],
  ],
  async read(bytes) {
    const sizeOf = (key: string) => (key.length < 3 ? 4096 : undefined);
    const tensors = readStateDict('model.bin', bytes, sizeOf, quiet);
    for (const { name, dtype, shape, byteLength, storageOffset } of tensors) {
      expectThat(typeof name === 'string', 'a name that is no string');
      expectThat(
        byteLength === elementCount(shape) * DTYPE_BYTES[dtype],
        `${name}: another length than its shape`,
      );
      expectThat(storageOffset >= 0 && storageOffset + byteLength <= 4096, `${name}: outside of its storage`);
    }
  },
};

async function pickleIn(bytes: Uint8Array): Promise<Uint8Array | undefined> {
  const source = memorySource('seed', bytes);
  const zip = await readZipDirectory(source);
  const entry = [...zip.entries.values()].find(({ name }) => name.endsWith('/data.pkl'));
  return entry && source.read(await dataOffset(source, zip, entry), entry.size);
}

const ZIP_WORDS = [
  'PK\x01\x02',
  'PK\x03\x04',
  'PK\x05\x06',
  'PK\x06\x06',
  'PK\x06\x07',
  '\x01\0\x18\0',
  '\xff\xff\xff\xff',
];

const zip: Target = {
  name: 'zip',
  seeds: together(golden('rows', /\.npz$/), golden('weights', /views\.bin$/)),
  words: ZIP_WORDS,
  async read(bytes) {
    const source = memorySource('archive.zip', bytes);
    const directory = await readZipDirectory(source, { deflate: true });
    for (const entry of directory.entries.values()) {
      const start = await dataOffset(source, directory, entry);
      expectThat(
        start >= 30 && start + entry.storedSize <= bytes.length,
        `${entry.name} is outside of the file`,
      );
    }
  },
};

const torchZip: Target = {
  name: 'torch-zip',
  seeds: golden('weights', /\.bin$/),
  words: ZIP_WORDS,
  async read(bytes) {
    await expectWhole(await openTorchZip(memorySource('model.bin', bytes), quiet));
  },
};

/** Whatever the file is called, and from memory or from a Blob. */
const checkpoint: Target = {
  name: 'checkpoint',
  cases: 1500,
  seeds: together(
    golden('weights', /\.(?:bin|safetensors|pkl)$/, 3000),
    golden('npy', /^matrix|^i1/),
    texts('<html></html>'),
  ),
  words: ['\x80\x02', 'PK', 'GGUF', '\x1f\x8b', 'module.', 'visual.', 'text.', 'ustar'],
  async read(bytes) {
    const names = WEIGHTS_FILES.filter((name) => !name.endsWith('.json'));
    const weights = names[bytes.length % names.length] ?? '';
    const opened = (open: () => Promise<ReturnType<typeof memorySource>>) =>
      answer(async () => {
        const file = await openCheckpoint({ name: 'model', weights, open }, quiet);
        return contentOf(file);
      });
    const name = `model/${weights}`;
    const fromMemory = await opened(async () => memorySource(name, bytes));
    const fromBlob = await opened(async () => blobSource(name, new Blob([new Uint8Array(bytes)])));
    expectSame(fromMemory, fromBlob, 'from memory and from a Blob');
    return openCheckpoint({ name: 'model', weights, open: async () => memorySource(name, bytes) }, quiet);
  },
};

const shardIndex: Target = {
  name: 'shard-index',
  cases: 1500,
  seeds: texts(
    { metadata: {}, weight_map: { embeddings: 'a.safetensors' } },
    { weight_map: { images: 'b.safetensors', texts: 'b.safetensors', embeddings: 'a.safetensors' } },
  ),
  words: ['"weight_map"', '"a.safetensors"', '"b.safetensors"', '"../a"', '"__proto__"', '"constructor"'],
  async read(bytes) {
    const [a, b] = await Promise.all([golden('rows', /^f32\.safe/)(), golden('rows', /^both\.safe/)()]);
    const directory = new MemoryDirectory();
    directory.add('a.safetensors', a[0] ?? '');
    directory.add('b.safetensors', b[0] ?? '');
    directory.add('model.safetensors.index.json', bytes);
    const file = await openCheckpoint(
      { name: 'm', weights: 'model.safetensors.index.json', open: (name) => directory.open(name) },
      quiet,
    );
    await expectWhole(file);
  },
};

/** All tensors can be read, and are as long as they say. */
async function expectWhole(file: Checkpoint): Promise<void> {
  for (const { name, dtype, shape, byteLength } of file.tensors.values()) {
    expectThat(
      byteLength === elementCount(shape) * DTYPE_BYTES[dtype],
      `${name}: another length than its shape`,
    );
    const data = await file.read(name, 0, byteLength);
    expectThat(data.length === byteLength, `${name}: ${data.length} of ${byteLength} bytes`);
  }
}

async function contentOf(file: Checkpoint): Promise<unknown> {
  const tensors = [...file.tensors.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
  return Promise.all(
    tensors.map(async ({ name, dtype, shape, byteLength }) => [
      name,
      dtype,
      shape,
      await file.read(name, 0, byteLength),
    ]),
  );
}

export const weights: readonly Target[] = [safetensors, pickle, zip, torchZip, checkpoint, shardIndex];
