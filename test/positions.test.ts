// Judge: torch.nn.functional.interpolate in double precision (test/golden/positions.py).
import { readFile, writeFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { normalisePixels } from '../bench/onnx/pixels.ts';
import { referenceVit } from '../bench/onnx/reference.ts';
import { InvalidOptionError } from '../src/errors.ts';
import { BiomedClip } from '../src/index.ts';
import { openLocalDirectory } from '../src/node/files.ts';
import { resizeGrid, resizeLine } from '../src/transformer/positions.ts';
import { readConfig } from '../weights/config.ts';
import { maxAbsDiff, rowCosines, seededUniform } from './support/numbers.ts';
import { seededModel } from './support/seeded-model.ts';
import { syntheticImage } from './support/synthetic-inputs.ts';

const adapter = process.env.BIOMEDCLIP_ADAPTER;
const golden = JSON.parse(await readFile(new URL('golden/positions.json', import.meta.url), 'utf8')) as {
  cases: { kind: 'grid' | 'line'; from: number; to: number; values: number[] }[];
};

test.each(golden.cases)('$kind of $from for $to', ({ kind, from, to, values }) => {
  const rows = kind === 'grid' ? 1 + from * from : from;
  const x = seededUniform(4 * rows, 1);
  const ours = kind === 'grid' ? resizeGrid(x, from, to) : resizeLine(x, from, to);
  expect(maxAbsDiff(ours, values)).toBeLessThan(2e-7); // rounded to f32 between the axes and after them
});

test.each([{}, { image: 'open_clip', text: 'clip' }] as const)(
  'a model of another image size: %j',
  async (towers) => {
    const files = await seededModel({ preset: 'tiny', towers });
    const fingerprints: string[] = [];
    for (const imageSize of [undefined, 48, 80]) {
      await using model = await BiomedClip.load(files.path, { adapter, imageSize });
      const side = imageSize ?? 48;
      expect(model.info.imageSize).toBe(side);
      const picture = syntheticImage(side, 1);
      const { images, imageTokens } = await model.embedBatch({ images: [picture] }, { output: 'tokens' });
      const directory = await openLocalDirectory(files.path);
      const { image: config } = await readConfig(directory, undefined, undefined, { imageSize });
      await using vit = await referenceVit(directory, { provider: 'cpu' }, { imageSize });
      const judge = await vit.embedVit(normalisePixels([picture.data], config), side);
      expect(Math.min(...rowCosines(images.data, judge.data, 64))).toBeGreaterThan(0.99999);
      expect(imageTokens.offsets).toEqual([0, (side / 16) ** 2 + 1]);
      fingerprints.push(model.info.fingerprint);
    }
    expect(fingerprints[1]).toBe(fingerprints[0]);
    expect(fingerprints[2]).not.toBe(fingerprints[0]);
    const odd = BiomedClip.load(files.path, { adapter, imageSize: 50 });
    await expect(odd).rejects.toThrow(InvalidOptionError);
    await expect(odd).rejects.toThrow("imageSize must be a multiple of the checkpoint's patch of 16, got 50");

    const path = `${files.path}/open_clip_config.json`;
    const json = JSON.parse(await readFile(path, 'utf8'));
    json.model_cfg.vision_cfg.image_size = 80;
    await writeFile(path, JSON.stringify(json));
    await expect(BiomedClip.load(files.path, { adapter })).rejects.toThrow(
      'image_size must be 48, as the checkpoint has positions, got 80: its positions are of other images; load it with imageSize: 80',
    );
    await using larger = await BiomedClip.load(files.path, { adapter, imageSize: 80 });
    expect(larger.info.fingerprint).toBe(fingerprints[2]);
    await files.remove();
  },
);

test("CLIP's positions are interpolated to a shorter context", async () => {
  const files = await seededModel({ preset: 'tiny', towers: { text: 'clip' } });
  const path = `${files.path}/open_clip_config.json`;
  const json = JSON.parse(await readFile(path, 'utf8'));
  json.model_cfg.text_cfg.context_length = 20;
  await writeFile(path, JSON.stringify(json));
  await using model = await BiomedClip.load(files.path, { adapter });
  expect(model.info.contextLength).toBe(20);
  const { truncated, textTokens } = await model.embedBatch(
    { texts: ['chest '.repeat(50)] },
    { output: 'tokens' },
  );
  expect(truncated).toEqual([0]);
  expect(textTokens.offsets).toEqual([0, 20]);
  await files.remove();
});
