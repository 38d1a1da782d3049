// Judge: PyTorch in float64, open_clip's modules written down anew (golden/open-clip.py), from the same files.
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { BiomedClip } from '../src/index.ts';
import { openLocalDirectory } from '../src/node/files.ts';
import { loadTokenizer } from '../src/text/tokenizers.ts';
import { readConfig } from '../weights/config.ts';
import { OPEN_CLIP_MODELS } from './golden/open-clip-models.ts';
import { rowCosines, seededUniform } from './support/numbers.ts';
import { seededModel } from './support/seeded-model.ts';

const adapter = process.env.BIOMEDCLIP_ADAPTER;
const golden = JSON.parse(readFileSync(new URL('golden/open-clip.json', import.meta.url), 'utf8')) as {
  captions: string[];
  models: Record<keyof typeof OPEN_CLIP_MODELS, Judged>;
};

interface Judged {
  /** Padded to the context. */
  readonly ids: number[][];
  readonly images: number[];
  readonly texts: number[];
  readonly lastImageToken: number[];
  readonly secondTextToken: number[];
}

function pictures(size: number) {
  const values = seededUniform(3 * size * size * 3, 1);
  return [0, 1, 2].map((i) => {
    const data = new Uint8ClampedArray(size * size * 4).fill(255);
    for (let p = 0; p < size * size; p++) {
      for (let c = 0; c < 3; c++)
        data[4 * p + c] = Math.floor(128 * ((values[(i * size * size + p) * 3 + c] ?? 0) + 1));
    }
    return { width: size, height: size, data };
  });
}

describe.each(Object.entries(OPEN_CLIP_MODELS))('%s', (name, options) => {
  const judge = golden.models[name as keyof typeof OPEN_CLIP_MODELS];
  const lowest = (ours: ArrayLike<number>, theirs: ArrayLike<number>, dim: number) =>
    Math.min(...rowCosines(ours, theirs, dim));

  test.each([
    ['f32', 0.99999],
    ['f16', 0.999],
  ] as const)('%s agrees with PyTorch in embeddings, tokens and ids', async (dtype, least) => {
    const files = await seededModel(options);
    const directory = await openLocalDirectory(files.path);
    const { image, text, embedDim } = await readConfig(directory);
    const tokenizer = await loadTokenizer(directory, text);
    for (const [row, caption] of golden.captions.entries()) {
      const { ids } = tokenizer.encode(caption);
      const rest = new Array<number>(text.contextLength - ids.length).fill(tokenizer.padding);
      expect([...ids, ...rest]).toEqual(judge.ids[row]);
    }
    await using model = await BiomedClip.load(files.path, { adapter, dtype });
    const inputs = { images: pictures(image.size), texts: golden.captions };
    const ours = await model.embedBatch(inputs, { output: 'tokens' });
    expect(lowest(ours.images.data, judge.images, embedDim)).toBeGreaterThan(least);
    expect(lowest(ours.texts.data, judge.texts, embedDim)).toBeGreaterThan(least);
    expect(ours.truncated).toEqual([4]);
    const lastImages = ours.imageTokens.offsets
      .slice(1)
      .flatMap((end) => [...ours.imageTokens.data.subarray((end - 1) * image.width, end * image.width)]);
    expect(lowest(lastImages, judge.lastImageToken, image.width)).toBeGreaterThan(least);
    const seconds = ours.textTokens.offsets
      .slice(0, -1)
      .flatMap((first) => [
        ...ours.textTokens.data.subarray((first + 1) * text.width, (first + 2) * text.width),
      ]);
    expect(lowest(seconds, judge.secondTextToken, text.width)).toBeGreaterThan(least);
    await files.remove();
  });
});
