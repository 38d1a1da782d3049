import { afterAll, beforeAll, expect, test } from 'vitest';
import { BiomedClip } from '../src/index.ts';
import { BiomedClipModel } from '../src/model/biomedclip.ts';
import { PROGRAM_BUDGET } from '../src/model/tower.ts';
import { seededModel } from './support/seeded-model.ts';
import { textsOfTokens } from './support/synthetic-inputs.ts';

// A long run takes no more memory than a short one.

let files: Awaited<ReturnType<typeof seededModel>>;
let model: BiomedClip;
beforeAll(async () => {
  files = await seededModel({ preset: 'tiny', seed: 3 });
  model = await BiomedClip.load(files.path, { adapter: process.env.BIOMEDCLIP_ADAPTER });
});
afterAll(async () => {
  model.destroy();
  await files.remove();
});

/** Pictures of another size each, so that each is resampled in another way. */
function picture(seed: number) {
  const [width, height] = [40 + ((seed * 17) % 60), 36 + ((seed * 29) % 70)];
  const data = Uint8Array.from({ length: width * height * 4 }, (_, i) => (i * (seed + 7)) >> (i % 3));
  return { width, height, data };
}

/** 40 calls of 1 to 5 pictures and 1 to 6 texts, of 3 to 90 tokens. */
const calls = Array.from({ length: 40 }, (_, i) => ({
  images: Array.from({ length: 1 + (i % 5) }, (_, j) => picture(3 * i + j)),
  texts: textsOfTokens(Array.from({ length: 1 + ((i * 7) % 6) }, (_, j) => 3 + ((13 * i + 29 * j) % 88))),
}));

test('1,000 batches of changing shape: one submit each, and no memory once each shape was seen', async () => {
  if (!(model instanceof BiomedClipModel)) throw new Error('not the class that counts');
  const { counters } = model;
  let batches = 0;
  const options = { batchSize: 2, onProgress: () => batches++ };
  const weights = counters.bytesAlive;
  for (const inputs of calls) await model.embedBatch(inputs, options);
  const { buffersCreated, buffersAlive, bytesAlive, submits, readBacks } = counters;
  expect(bytesAlive - weights).toBeLessThan(2 * PROGRAM_BUDGET);

  batches = 0;
  while (batches < 1000) for (const inputs of calls) await model.embedBatch(inputs, options);
  expect(counters).toMatchObject({ buffersCreated, buffersAlive, bytesAlive });
  expect(counters.submits - submits).toBe(batches);
  expect(counters.readBacks - readBacks).toBe(batches);
});
