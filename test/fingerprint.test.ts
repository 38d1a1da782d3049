// The judge of the hashing is Node's own createHash, over the tensors' bytes as they lie in the file.
import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { loadBiomedClip } from '../src/model/load.ts';
import { CHECKPOINT_FILES } from '../src/node/checkpoint-identity.ts';
import { platform as nodePlatform } from '../src/node/platform.ts';
import { readWordPieceFiles, type TokenizerFiles } from '../src/text/tokenizer-files.ts';
import { openCheckpoint } from '../weights/checkpoint.ts';
import { type ModelConfig, readConfig } from '../weights/config.ts';
import { UnknownTensorError } from '../weights/errors.ts';
import { Fingerprint, fingerprintOf } from '../weights/fingerprint.ts';
import { tensorNames } from '../weights/schema.ts';
import type { Checkpoint } from '../weights/tensor-info.ts';
import type { WantedTowers } from '../weights/tower-config.ts';
import { changedWeights, type Files, filesOf } from './support/changed-weights.ts';
import { memoryDirectory } from './support/memory-directory.ts';
import { seededModel } from './support/seeded-model.ts';

const WORDS = 'text.transformer.embeddings.word_embeddings.weight';
const FC1 = 'visual.trunk.blocks.1.mlp.fc1.weight';

let files: Files;
let bin: Files;
let expected: string;
const folders: Awaited<ReturnType<typeof seededModel>>[] = [];

beforeAll(async () => {
  for (const format of ['safetensors', 'bin'] as const)
    folders.push(await seededModel({ preset: 'tiny', seed: 5, format }));
  [files = new Map(), bin = new Map()] = await Promise.all(folders.map(({ path }) => filesOf(path)));
  expected = await of(files);
});
afterAll(() => Promise.all(folders.map(({ remove }) => remove())));

const of = (from: Files) => fingerprintOf(memoryDirectory(from));
const text = (from: Files, file: string) => Buffer.from(from.get(file) ?? []).toString();
const changed = (file: string, change: (before: string) => string) =>
  of(new Map(files).set(file, Buffer.from(change(text(files, file)))));

test('the fingerprint of a seeded model, which later versions must give too', () => {
  expect(expected).toBe('716e0d638dcb802a7bbaedcd4af2b83f89b6fb993a30be6e0774e1b1046b8bc1');
});

describe('the same', () => {
  test('for a .bin and a .safetensors of the same weights', async () => {
    expect(await of(bin)).toBe(expected);
  });

  test('whatever the model is called, and with tensors that it does not have', async () => {
    const renamed = changed('open_clip_config.json', (json) =>
      json.replace(/"name": *"[^"]*"/, '"name": "other"'),
    );
    expect(await renamed).toBe(expected);
    const more = await changedWeights(files, (tensors) => {
      tensors.delete('text.transformer.embeddings.position_ids');
      tensors.set('more', { dtype: 'F32', shape: [1], data: new Uint8Array(4) });
    });
    expect(await of(more)).toBe(expected);
  });

  test('as `load` gives, which reads no byte of the weights twice', async () => {
    const use = { open: 0, largestRead: 0, read: 0 };
    const directory = memoryDirectory(files, use);
    const opened = new Set<string>();
    const counted: typeof directory = {
      ...directory,
      async open(file) {
        opened.add(file);
        const source = await directory.open(file);
        if (!source) return undefined;
        return {
          ...source,
          async read(offset, length) {
            if (offset > 0) use.read += length;
            return source.read(offset, length);
          },
        };
      },
    };
    const platform = { ...nodePlatform, openDirectory: async () => counted };
    const model = await loadBiomedClip(platform, '', { adapter: process.env.BIOMEDCLIP_ADAPTER });
    model.destroy();
    expect(model.info.fingerprint).toBe(expected);
    for (const file of opened) expect(CHECKPOINT_FILES).toContain(file); // whose stamps say that all is the same
    expect(use.read).toBeLessThan(files.get('open_clip_model.safetensors')?.length ?? 0);
    expect(use.read).toBeGreaterThan(1e6);
  });
});

describe('another', () => {
  test.each([WORDS, FC1, 'logit_scale', 'visual.head.proj.weight'])('for one bit of %s', async (name) => {
    const other = await changedWeights(files, (tensors) => {
      const data = tensors.get(name)?.data;
      if (data) data[data.length - 4] = (data[data.length - 4] ?? 0) ^ 1;
    });
    expect(await of(other)).not.toBe(expected);
  });

  test.each([
    [
      'open_clip_config.json',
      (json: string) => json.replace(/"context_length": *\d+/, '"context_length": 64'),
    ],
    ['open_clip_config.json', (json: string) => json.replace(/"untrained": *true/, '"untrained": false')],
    ['tokenizer.json', (json: string) => json.replace(/"a":(\d+),"b":(\d+)/, '"a":$2,"b":$1')],
    [
      'tokenizer_config.json',
      (json: string) => json.replace(/"do_lower_case": *true/, '"do_lower_case": false'),
    ],
  ])('for another %s', async (file, change) => {
    expect(change(text(files, file))).not.toBe(text(files, file));
    expect(await changed(file, change)).not.toBe(expected);
  });
});

describe.each([2_700_003, 2 * 2 ** 20, 0])(
  'each tensor by SHA-256, piece by piece, one of %i bytes',
  (length) => {
    let config: ModelConfig;
    let tokenizer: TokenizerFiles;
    let large: Checkpoint;
    const bytes = Uint8Array.from({ length }, (_, i) => (i * i) % 251);

    beforeAll(async () => {
      const directory = memoryDirectory(files);
      const checkpoint = await openCheckpoint(directory);
      config = await readConfig(directory, checkpoint);
      tokenizer = await readWordPieceFiles(directory);
      // Its shape is looked at nowhere here.
      const tensors = new Map(checkpoint.tensors);
      tensors.set(WORDS, { name: WORDS, dtype: 'F32', shape: [3, 4], byteLength: bytes.length });
      large = {
        ...checkpoint,
        tensors,
        read: async (tensor, offset, length) =>
          tensor === WORDS ? bytes.slice(offset, offset + length) : checkpoint.read(tensor, offset, length),
      };
    });

    const hash = (...parts: (string | Uint8Array)[]) => {
      const sum = createHash('sha256');
      for (const part of parts) sum.update(part);
      return sum;
    };

    test('as createHash has it', async () => {
      const lines = [];
      for (const name of tensorNames(config).sort()) {
        const { dtype = '', shape = [], byteLength = 0 } = large.tensors.get(name) ?? {};
        const all = await large.read(name, 0, byteLength);
        const pieces = [];
        for (let at = 0; at < all.length; at += 2 ** 20)
          pieces.push(hash(all.subarray(at, at + 2 ** 20)).digest());
        lines.push(`${name} ${dtype} [${shape.join(', ')}] ${hash(...pieces).digest('hex')}\n`);
      }
      const sorted = (value: unknown): unknown => {
        if (Array.isArray(value)) return value.map(sorted);
        if (typeof value !== 'object' || value === null) return value;
        const keys = Object.keys(value).sort();
        return Object.fromEntries(keys.map((key) => [key, sorted(Reflect.get(value, key))]));
      };
      // The kinds of BiomedCLIP's towers are not in it: it had no others once.
      const { name, image, text, ...rest } = config;
      const { kind: _image, ...imageSizes } = image;
      const { kind: _text, ...textSizes } = text;
      const computed = { ...rest, image: imageSizes, text: textSizes };
      const { tokenizer: model, config: settings, specialTokens } = tokenizer;
      const head = [
        'biomedclip-webgpu fingerprint 1\n',
        `config ${hash(JSON.stringify(sorted(computed))).digest('hex')}\n`,
        `tokenizer ${hash(JSON.stringify(sorted({ model, settings, specialTokens }))).digest('hex')}\n`,
      ];
      const actual = await new Fingerprint(large).finish(config, tokenizer);
      expect(actual).toBe(hash(...head, ...lines).digest('hex'));
    });

    test('however it is read before', async () => {
      const alone = await new Fingerprint(large).finish(config, tokenizer);
      for (const step of [100_000, 2 ** 20, 2 ** 20 + 1, bytes.length]) {
        const fingerprint = new Fingerprint(large);
        for (let at = 0; at < bytes.length; at += step) {
          const piece = await fingerprint.checkpoint.read(WORDS, at, Math.min(step, bytes.length - at));
          piece.fill(0); // whoever reads may write over it
          await fingerprint.checkpoint.read(FC1, at % 1000, 100); // in no order
        }
        await fingerprint.checkpoint.read(WORDS, 0, 1000); // once more
        expect(await fingerprint.finish(config, tokenizer)).toBe(alone);
      }
      const half = new Fingerprint(large);
      await half.checkpoint.read(WORDS, 0, 1_500_000);
      expect(await half.finish(config, tokenizer)).toBe(alone);
    });

    test('of one tower alone, of which the other does not count', async () => {
      const finish = (checkpoint: Checkpoint, wanted: WantedTowers) =>
        new Fingerprint(checkpoint).finish(config, wanted.text ? tokenizer : undefined, { wanted });
      const others = {
        ...large,
        tensors: new Map(large.tensors).set(FC1, { name: FC1, dtype: 'F32', shape: [1], byteLength: 4 }),
      };
      const [image, text] = [
        { image: true, text: false },
        { image: false, text: true },
      ];
      expect(await finish(others, text)).toBe(await finish(large, text));
      expect(await finish(others, image)).not.toBe(await finish(large, image));
      expect(await finish(large, image)).not.toBe(await new Fingerprint(large).finish(config, tokenizer));
    });

    test('a tensor that the checkpoint lacks is told by its name', async () => {
      const lacking = { ...large, tensors: new Map(large.tensors) };
      lacking.tensors.delete(WORDS);
      const finished = new Fingerprint(lacking).finish(config, tokenizer);
      await expect(finished).rejects.toThrow(UnknownTensorError);
      await expect(finished).rejects.toThrow(WORDS);
    });
  },
);
