// Weights that are finite, but too large for what comes of them: no NaN and no infinity may come back as a result.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { BiomedClip } from '../src/api.ts';
import { type EmbedInputs, NonFiniteOutputError } from '../src/index.ts';
import { loadBiomedClip } from '../src/model/load.ts';
import { platform as nodePlatform } from '../src/node/platform.ts';
import { DEFAULT_VOCABULARY } from '../weights/default-vocabulary.ts';
import { changedWeights, type Files, filesOf, type Stored, setValue } from './support/changed-weights.ts';
import { memoryDirectory } from './support/memory-directory.ts';
import { maxAbsDiff } from './support/numbers.ts';
import { seededModel } from './support/seeded-model.ts';

const adapter = process.env.BIOMEDCLIP_ADAPTER;
const WHITE = plain(255);
const GREY = plain(128);

let files: Files;
let model: BiomedClip;
beforeAll(async () => {
  const tiny = await seededModel({ preset: 'tiny', seed: 5 });
  files = await filesOf(tiny.path);
  await tiny.remove();
  model = await loadChanged(overflowForSome);
});
afterAll(() => model.destroy());

/** White images and texts that begin with "mri" overflow f32 before their first LayerNorm; no others do. */
function overflowForSome(tensors: Map<string, Stored>): void {
  setValue(tensors, 'visual.trunk.patch_embed.proj.weight', 0, 3e38); // x 1.9 for white, -0 for grey
  const embeddings = 'text.transformer.embeddings';
  const mri = DEFAULT_VOCABULARY.indexOf('mri');
  setValue(tensors, `${embeddings}.word_embeddings.weight`, 128 * mri, 3e38);
  setValue(tensors, `${embeddings}.position_embeddings.weight`, 128, 3e38); // position 1
}

async function loadChanged(change: (tensors: Map<string, Stored>) => void): Promise<BiomedClip> {
  const changed = await changedWeights(files, change);
  const platform = { ...nodePlatform, openDirectory: async () => memoryDirectory(changed) };
  return loadBiomedClip(platform, '', { adapter });
}

function plain(value: number) {
  const data = new Uint8ClampedArray(48 * 48 * 4).fill(value);
  for (let i = 3; i < data.length; i += 4) data[i] = 255;
  return { data, width: 48, height: 48 };
}

const INPUTS: EmbedInputs = {
  images: [GREY, { id: 'white.png', source: WHITE }, GREY, WHITE],
  texts: ['a brain mri', 'a', { id: 'scan', text: 'mri of a brain' }, 'mri', 'chest x-ray'],
};

async function rejection(call: Promise<unknown>): Promise<unknown> {
  return call.then(
    () => new Error('it gave a result'),
    (reason: unknown) => reason,
  );
}

describe.each([
  { normalize: true, output: 'embedding' },
  { normalize: false, output: 'embedding' },
  { normalize: true, output: 'tokens' },
] as const)('%o', (options) => {
  test('an output that is not finite is an error that names the first input', async () => {
    const { images, texts } = INPUTS;
    const image = await rejection(model.embedBatch({ images }, options as never));
    expect(image).toBeInstanceOf(NonFiniteOutputError);
    expect(image).toMatchObject({ kind: 'image', index: 1, id: 'white.png' });
    expect(String(image)).toContain('images[1] (white.png): ');
    const text = await rejection(model.embedBatch({ texts }, options as never));
    expect(text).toBeInstanceOf(NonFiniteOutputError);
    expect(text).toMatchObject({ kind: 'text', index: 2, id: 'scan' });
  });

  test('or skipped: the others come as they would alone', async () => {
    for (const batchSize of [1, 3, 8]) {
      const result = await model.embedBatch(INPUTS, { ...options, onError: 'skip', batchSize } as never);
      expect(result.images).toMatchObject({ rows: 2, ids: ['0', '2'] });
      expect(result.texts).toMatchObject({ rows: 3, ids: ['0', '1', '4'] });
      expect(result.skipped.map(({ kind, index, id }) => [kind, index, id])).toEqual([
        ['image', 1, 'white.png'],
        ['image', 3, '3'],
        ['text', 2, 'scan'],
        ['text', 3, '3'],
      ]);
      for (const { error } of result.skipped) expect(error).toBeInstanceOf(NonFiniteOutputError);
      const alone = await model.embedBatch(
        { images: [GREY, GREY], texts: ['a brain mri', 'a', 'chest x-ray'] },
        options as never,
      );
      expect(maxAbsDiff(result.images.data, alone.images.data)).toBeLessThan(1e-5);
      expect(maxAbsDiff(result.texts.data, alone.texts.data)).toBeLessThan(1e-5);
    }
  });
});

test('tokens of skipped inputs are left out too', async () => {
  const options = { output: 'tokens', onError: 'skip' } as const;
  const result = await model.embedBatch(INPUTS, options);
  expect(result.imageTokens).toMatchObject({ rows: 20, ids: ['0', '2'], offsets: [0, 10, 20] });
  expect(result.textTokens.ids).toEqual(['0', '1', '4']);
  expect(result.textTokens.offsets).toHaveLength(4);
  expect(result.textTokens.data.every(Number.isFinite)).toBe(true);
});

test('where nothing is finite there are no rows', async () => {
  const result = await model.embedBatch({ images: [WHITE], texts: ['mri'] }, { onError: 'skip' });
  expect([result.images.rows, result.texts.rows, result.skipped.length]).toEqual([0, 0, 2]);
  expect((await model.embedBatch({ images: [GREY, GREY], texts: ['a'] })).images.rows).toBe(2); // it goes on
});

describe('LayerNorm weights of 1e38', () => {
  const norms = [
    ...['blocks.0.norm1', 'blocks.1.norm2', 'norm'].map((norm) => `visual.trunk.${norm}.weight`),
    ...[
      'embeddings.LayerNorm',
      'encoder.layer.0.attention.output.LayerNorm',
      'encoder.layer.1.output.LayerNorm',
    ].map((norm) => `text.transformer.${norm}.weight`),
  ];
  test.each(norms)('%s: whatever comes back is finite', async (norm) => {
    const huge = await loadChanged((tensors) => {
      for (let i = 0; i < 128; i++) setValue(tensors, norm, i, 1e38);
    });
    for (const normalize of [true, false]) {
      const inputs = { images: [WHITE, GREY], texts: ['a brain mri', 'chest x-ray'] };
      const result = await huge.embedBatch(inputs, { normalize, onError: 'skip' });
      expect([...result.images.data, ...result.texts.data].every(Number.isFinite)).toBe(true);
      expect(result.skipped.length).toBeGreaterThan(0);
    }
    huge.destroy();
  });
});
