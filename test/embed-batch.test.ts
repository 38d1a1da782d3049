import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { DeviceLostError } from '../src/device/errors.ts';
import { UnreadableImageError } from '../src/image/errors.ts';
import {
  AbortedError,
  BiomedClip,
  DestroyedError,
  type EmbedInputs,
  type EmbedProgress,
  ImageInputError,
  InvalidOptionError,
  TextInputError,
  tokensOf,
} from '../src/index.ts';
import { BiomedClipModel } from '../src/model/biomedclip.ts';
import { PROGRAM_BUDGET } from '../src/model/tower.ts';
import { goldenImages, inputFile } from './support/golden-images.ts';
import { callersDevice } from './support/gpu.ts';
import { maxAbsDiff } from './support/numbers.ts';
import { seededModel } from './support/seeded-model.ts';
import { syntheticImage, textsOfTokens } from './support/synthetic-inputs.ts';

// That the numbers are right is judged in towers.test.ts; here, that every input gets its own row of them.

const adapter = process.env.BIOMEDCLIP_ADAPTER;
let files: Awaited<ReturnType<typeof seededModel>>;
let model: BiomedClip;
beforeAll(async () => {
  files = await seededModel({ preset: 'tiny', seed: 3 });
  model = await BiomedClip.load(files.path, { adapter });
});
afterAll(async () => {
  model.destroy();
  await files.remove();
});

const DIM = 64;
const images = (count: number, seed = 0) =>
  Array.from({ length: count }, (_, i) => syntheticImage(48, seed + i));
const captions = ['chest x-ray', '', 'brain mri', 'this is a photo of a bone x-ray', 'pie chart'];
const row = (data: Float32Array, i: number) => data.subarray(i * DIM, (i + 1) * DIM);
const norm = (vector: Float32Array) => Math.hypot(...vector);

function counters(of: BiomedClip) {
  if (!(of instanceof BiomedClipModel)) throw new Error('not the class that counts');
  return of.counters;
}

/** The model still does its work. */
async function expectUsable(): Promise<void> {
  const { images: one, texts } = await model.embedBatch({ images: images(1), texts: ['chest x-ray'] });
  expect(one.rows + texts.rows).toBe(2);
  expect(norm(row(texts.data, 0))).toBeCloseTo(1, 5);
}

describe('rows', () => {
  test('come in the order of the inputs, whatever the batch size', async () => {
    const inputs = { images: images(5), texts: captions };
    const whole = await model.embedBatch(inputs);
    expect(whole.images).toMatchObject({ rows: 5, dim: DIM, ids: ['0', '1', '2', '3', '4'] });
    expect(whole.texts).toMatchObject({ rows: 5, dim: DIM, ids: ['0', '1', '2', '3', '4'] });
    for (const batchSize of [1, 2, 8]) {
      const cut = await model.embedBatch(inputs, { batchSize });
      expect(maxAbsDiff(cut.images.data, whole.images.data)).toBeLessThan(1e-5);
      expect(maxAbsDiff(cut.texts.data, whole.texts.data)).toBeLessThan(1e-5);
    }
    for (const [i, image] of inputs.images.entries()) {
      const alone = await model.embedBatch({ images: [image] });
      expect(maxAbsDiff(alone.images.data, row(whole.images.data, i))).toBeLessThan(1e-5);
    }
    // and are far enough apart for that to mean something
    expect(maxAbsDiff(row(whole.images.data, 0), row(whole.images.data, 1))).toBeGreaterThan(1e-3);
    expect(maxAbsDiff(row(whole.texts.data, 0), row(whole.texts.data, 1))).toBeGreaterThan(1e-3);
  });

  test('carry the ids that inputs bring, else their index', async () => {
    const [a, b, c] = images(3);
    const { images: named, texts } = await model.embedBatch(
      {
        images: [{ id: 'first', source: a as never }, b as never, { source: c as never }],
        texts: ['x-ray', { id: 'mri', text: 'brain mri' }, { text: 'chart' }],
      },
      { batchSize: 2 },
    );
    expect(named.ids).toEqual(['first', '1', '2']);
    expect(texts.ids).toEqual(['0', 'mri', '2']);
  });

  test('have length 1, unless `normalize` is false; the direction is the same', async () => {
    const inputs = { images: images(2), texts: captions };
    const unit = await model.embedBatch(inputs);
    const raw = await model.embedBatch(inputs, { normalize: false });
    for (const kind of ['images', 'texts'] as const) {
      for (let i = 0; i < unit[kind].rows; i++) {
        const [u, r] = [row(unit[kind].data, i), row(raw[kind].data, i)];
        expect(norm(u)).toBeCloseTo(1, 5);
        expect(Math.abs(norm(r) - 1)).toBeGreaterThan(1e-3);
        expect(
          maxAbsDiff(
            u,
            r.map((value) => value / norm(r)),
          ),
        ).toBeLessThan(1e-6);
      }
    }
  });

  test('of no inputs are no rows', async () => {
    for (const inputs of [{}, { images: [] }, { texts: [] }, { images: [], texts: [] }] as EmbedInputs[]) {
      const empty = await model.embedBatch(inputs, { output: 'tokens' });
      expect(empty.images).toEqual({ data: new Float32Array(0), rows: 0, dim: DIM, ids: [] });
      expect(empty.texts).toEqual({ data: new Float32Array(0), rows: 0, dim: DIM, ids: [] });
      expect(empty.imageTokens).toMatchObject({ rows: 0, dim: 128, offsets: [0] });
      expect(empty.textTokens).toMatchObject({ rows: 0, dim: 128, offsets: [0] });
      expect([empty.skipped, empty.truncated]).toEqual([[], []]);
    }
  });
});

describe('tokens', () => {
  test('come packed, with offsets', async () => {
    const texts = textsOfTokens([2, 17, 5]);
    const result = await model.embedBatch({ images: images(3), texts }, { output: 'tokens', batchSize: 2 });
    expect(result.imageTokens).toMatchObject({ rows: 30, dim: 128, offsets: [0, 10, 20, 30] }); // 3 x 3 patches, CLS
    expect(result.textTokens).toMatchObject({ rows: 24, dim: 128, offsets: [0, 2, 19, 24] });
    expect(result.imageTokens.data.length).toBe(30 * 128);
    expect(result.textTokens.data.length).toBe(24 * 128);
    const alone = await model.embedBatch({ texts: texts.slice(1, 2) }, { output: 'tokens' });
    expect(tokensOf(result.textTokens, 1).length).toBe(17 * 128);
    expect(maxAbsDiff(tokensOf(result.textTokens, 1), alone.textTokens.data)).toBeLessThan(1e-4);
  });

  test('are not there unless asked for', async () => {
    const result = await model.embedBatch({ texts: ['a'] });
    expect(result).toMatchObject({ textTokens: { rows: 0 }, imageTokens: { rows: 0 } });
  });
});

describe('captions', () => {
  test('the empty one has an embedding', async () => {
    const { texts, truncated } = await model.embedBatch({ texts: [''] });
    expect(norm(texts.data)).toBeCloseTo(1, 5);
    expect(truncated).toEqual([]);
  });

  test('over-long ones are cut and listed', async () => {
    const [whole = '', longer = ''] = textsOfTokens([256, 257]);
    const result = await model.embedBatch({ texts: ['a', longer, whole, longer.repeat(20)] });
    expect(result.truncated).toEqual([1, 3]);
    expect(result.texts.rows).toBe(4);
  });

  test.each([{ bad: 7 }, { bad: null }, { bad: { text: 1 } }, { bad: { id: 'x' } }])(
    'that are no text are a TextInputError with their index: %o',
    async ({ bad }) => {
      const failure = await model.embedBatch({ texts: ['a', bad as never] }).catch((e: unknown) => e);
      expect(failure).toBeInstanceOf(TextInputError);
      expect(failure).toMatchObject({ index: 1, message: expect.stringContaining('texts[1]') });
      await expectUsable();
    },
  );
});

test('many texts of all lengths, dealt into balanced batches, come back in their order', async () => {
  const lengths = Array.from({ length: 150 }, (_, i) => 3 + ((i * 37) % 60));
  const texts = textsOfTokens(lengths);
  const { submits } = counters(model);
  const result = await model.embedBatch({ texts }, { output: 'tokens' });
  const passes = counters(model).submits - submits;
  expect(passes).toBeGreaterThan(2); // more than one window of texts, and of batches
  expect(passes).toBeLessThan(20);
  expect(result.texts.ids).toEqual(texts.map((_, i) => String(i)));
  const ends = lengths.map((_, i) => lengths.slice(0, i + 1).reduce((sum, length) => sum + length, 0));
  expect(result.textTokens.offsets).toEqual([0, ...ends]);
  for (const i of [0, 1, 62, 63, 64, 65, 100, 149]) {
    const alone = await model.embedBatch({ texts: texts.slice(i, i + 1) }, { output: 'tokens' });
    expect(maxAbsDiff(alone.texts.data, row(result.texts.data, i)), `text ${i}`).toBeLessThan(1e-5);
    expect(maxAbsDiff(tokensOf(result.textTokens, i), alone.textTokens.data)).toBeLessThan(1e-4);
  }
});

describe('images that cannot be read', () => {
  const broken = () => ({ id: 'scan 7', source: Uint8Array.of(0xff, 0xd8, 0xff, 0xe0, 1, 2) });

  test('are an ImageInputError with index, name and cause', async () => {
    const call = model.embedBatch({ images: [...images(2), broken()] }, { batchSize: 2 });
    const failure = await call.catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(ImageInputError);
    expect(failure).toMatchObject({ index: 2, id: 'scan 7', cause: expect.any(UnreadableImageError) });
    expect(String(failure)).toContain('images[2] (scan 7): ');
    await expectUsable();
  });

  test('an image source that is none, or a missing file, is one too', async () => {
    for (const source of [5, undefined, '/no/such/image.png']) {
      const failure = await model.embedBatch({ images: [source as never] }).catch((error: unknown) => error);
      expect(failure).toBeInstanceOf(ImageInputError);
    }
    await expectUsable();
  });

  test.each([1, 2, 8])("are left out under onError 'skip', with batches of %i", async (batchSize) => {
    const good = images(3);
    const inputs = [broken(), good[0], '/no/such/image.png', good[1], good[2]] as NonNullable<
      EmbedInputs['images']
    >;
    const texts = ['a', 3 as never, 'b'];
    const options = { onError: 'skip', batchSize, output: 'tokens' } as const;
    const result = await model.embedBatch({ images: inputs, texts }, options);
    expect(result.images.ids).toEqual(['1', '3', '4']);
    expect(result.imageTokens).toMatchObject({ rows: 30, ids: ['1', '3', '4'] });
    expect(result.texts.ids).toEqual(['0', '2']);
    expect(result.skipped.map(({ kind, index, id }) => [kind, index, id])).toEqual([
      ['image', 0, 'scan 7'],
      ['image', 2, '2'],
      ['text', 1, '1'],
    ]);
    expect(result.skipped.every(({ error }) => error instanceof Error)).toBe(true);
    const alone = await model.embedBatch({ images: good });
    expect(maxAbsDiff(result.images.data, alone.images.data)).toBeLessThan(1e-5);
  });

  test("all of them under onError 'skip' are no rows", async () => {
    const done: number[] = [];
    const result = await model.embedBatch(
      { images: [broken(), broken()], texts: [1 as never] },
      { onError: 'skip', batchSize: 1, onProgress: (progress) => done.push(progress.done) },
    );
    expect([result.images.rows, result.texts.rows, result.skipped.length]).toEqual([0, 0, 3]);
    expect(done).toEqual([1, 1, 2]);
  });
});

test('files and pixels of every size go through the same batch', async () => {
  const some = goldenImages.filter((_, i) => i % 9 === 0).slice(0, 6);
  const mixed = [...some.map(inputFile), ...images(2)];
  const together = await model.embedBatch({ images: mixed }, { batchSize: 3 });
  for (const [i, source] of mixed.entries()) {
    const alone = await model.embedBatch({ images: [source] });
    expect(maxAbsDiff(alone.images.data, row(together.images.data, i)), `input ${i}`).toBeLessThan(1e-5);
  }
});

describe('progress', () => {
  test('counts every input once, texts and images apart', async () => {
    const seen: EmbedProgress[] = [];
    await model.embedBatch(
      { images: images(5), texts: captions },
      { batchSize: 2, onProgress: (progress) => seen.push(progress) },
    );
    for (const kind of ['text', 'image'] as const) {
      const of = seen.filter((progress) => progress.kind === kind);
      expect(of.map(({ done }) => done)).toEqual([2, 4, 5]);
      expect(of.every(({ total }) => total === 5)).toBe(true);
    }
  });

  test('a callback that throws ends the call, not the model', async () => {
    const onProgress = () => {
      throw new Error('from the callback');
    };
    await expect(model.embedBatch({ images: images(2) }, { onProgress })).rejects.toThrow(
      'from the callback',
    );
    await expectUsable();
  });
});

describe('an AbortSignal', () => {
  test('that has fired already: an AbortedError with its reason, nothing submitted', async () => {
    const { submits } = counters(model);
    const signal = AbortSignal.abort(new Error('changed my mind'));
    const failure = await model.embedBatch({ texts: ['a'] }, { signal }).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(AbortedError);
    expect(failure).toMatchObject({ cause: new Error('changed my mind') });
    expect(counters(model).submits).toBe(submits);
    await expectUsable();
  });

  test.each([{ kind: 'text' }, { kind: 'image' }])(
    'that fires during the call ends it: %o',
    async ({ kind }) => {
      const controller = new AbortController();
      const seen: EmbedProgress[] = [];
      const onProgress = (progress: EmbedProgress) => {
        seen.push(progress);
        if (progress.kind === kind) controller.abort();
      };
      const inputs = { images: images(6), texts: captions };
      const call = model.embedBatch(inputs, { batchSize: 2, signal: controller.signal, onProgress });
      await expect(call).rejects.toThrow(AbortedError);
      expect(seen.filter((progress) => progress.kind === kind)).toHaveLength(1);
      await expectUsable();
    },
  );

  test.each([
    { inputs: () => ({ images: images(2) }), kind: 'images' },
    { inputs: () => ({ texts: textsOfTokens([3, 4]) }), kind: 'texts' },
  ])(
    'that fires once all is submitted, before the last result is back, ends it: $kind',
    async ({ inputs }) => {
      const controller = new AbortController();
      const { submits } = counters(model);
      let submitted = 0;
      const onProgress = () => {
        submitted = counters(model).submits - submits;
        controller.abort();
      };
      const call = model.embedBatch(inputs(), { batchSize: 1, signal: controller.signal, onProgress });
      await expect(call).rejects.toThrow(AbortedError);
      expect(submitted).toBe(2);
      await expectUsable();
    },
  );

  test('of a call that waits in the queue leaves the others alone', async () => {
    const controller = new AbortController();
    const calls = [
      model.embedBatch({ texts: captions }),
      model.embedBatch({ texts: captions }, { signal: controller.signal }),
      model.embedBatch({ texts: captions }),
    ];
    controller.abort();
    const [first, second, third] = await Promise.allSettled(calls);
    expect([first?.status, second?.status, third?.status]).toEqual(['fulfilled', 'rejected', 'fulfilled']);
  });
});

test('calls at once are queued, and each gets what it would get alone', async () => {
  const inputs: EmbedInputs[] = [
    { images: images(3, 20), texts: ['a'] },
    { texts: textsOfTokens([40, 3, 90]) },
    { images: images(1, 30) },
    { images: images(2, 40), texts: captions },
  ];
  const together = await Promise.all(inputs.map((input) => model.embedBatch(input)));
  for (const [i, input] of inputs.entries()) {
    const alone = await model.embedBatch(input);
    expect(together[i]?.images).toEqual(alone.images);
    expect(together[i]?.texts).toEqual(alone.texts);
  }
});

test.each([
  { options: { batchSize: 0 }, named: 'batchSize' },
  { options: { batchSize: 2.5 }, named: 'batchSize' },
  { options: { batchSize: Number.NaN }, named: 'batchSize' },
  { options: { normalize: 'yes' }, named: 'normalize' },
  { options: { output: 'pooled' }, named: 'output' },
  { options: { onError: 'ignore' }, named: 'onError' },
])('$options is an InvalidOptionError', async ({ options, named }) => {
  const failure = await model.embedBatch({ texts: ['a'] }, options as never).catch((error: unknown) => error);
  expect(failure).toBeInstanceOf(InvalidOptionError);
  expect(failure).toMatchObject({ option: named });
  await expectUsable();
});

test.each([{ texts: 'one caption' }, { images: '/a/path.png' }, { texts: 3 }])(
  'inputs that are no array are an InvalidOptionError: %o',
  async (inputs) => {
    await expect(model.embedBatch(inputs as never)).rejects.toThrow(InvalidOptionError);
  },
);

test('60 batches of changing shape: no buffer is made once each shape was seen', async () => {
  const shapes = Array.from({ length: 20 }, (_, i) => ({
    images: images(1 + (i % 4), i),
    texts: textsOfTokens(Array.from({ length: 1 + (i % 3) }, (_, j) => 3 + ((7 * i + 31 * j) % 120))),
  }));
  const weights = counters(model).bytesAlive;
  for (const inputs of shapes) await model.embedBatch(inputs);
  const { buffersCreated, buffersAlive, bytesAlive } = counters(model);
  expect(bytesAlive - weights).toBeLessThan(2 * PROGRAM_BUDGET);
  for (let i = 0; i < 2; i++) for (const inputs of shapes) await model.embedBatch(inputs);
  expect(counters(model)).toMatchObject({ buffersCreated, buffersAlive, bytesAlive });
});

describe('the end', () => {
  const load = (options = {}) => BiomedClip.load(files.path, { adapter, ...options });

  test('a destroyed model frees everything; calls to it, and those it was at, are DestroyedErrors', async () => {
    const own = await load();
    const done = await own.embedBatch({ texts: ['a'] });
    const onProgress = () => own.destroy(); // after the first image of four
    const running = own.embedBatch({ images: images(4) }, { batchSize: 1, onProgress });
    const waiting = own.embedBatch({ texts: captions });
    for (const call of [running, waiting]) {
      const failure = await call.catch((error: unknown) => error);
      expect(failure).toBeInstanceOf(DestroyedError);
      expect(failure).toMatchObject({ what: `the model ${files.path}` });
    }
    await expect(own.embedBatch({ texts: ['a'] })).rejects.toThrow(
      `the model ${files.path} was destroyed and cannot be used again; load it anew`,
    );
    expect(counters(own)).toMatchObject({ buffersAlive: 0, bytesAlive: 0 });
    expect(done.texts.rows).toBe(1); // what it gave stays
  });

  test('`await using` waits for what is under way', async () => {
    let running: Promise<unknown>;
    {
      await using own = await load();
      running = own.embedBatch({ texts: captions });
    }
    await expect(running).resolves.toMatchObject({ texts: { rows: 5 } });
  });

  test('a caller’s own device does the work, and outlives the model', async () => {
    const device = await callersDevice(adapter);
    const own = await load({ device });
    expect((await own.embedBatch({ images: images(2) })).images.rows).toBe(2);
    const onProgress = () => own.destroy();
    const cut = own.embedBatch({ images: images(2) }, { batchSize: 1, onProgress });
    await expect(cut).rejects.toThrow(DestroyedError);
    expect(counters(own).bytesAlive).toBe(0);
    device.pushErrorScope('validation');
    device.createBuffer({ size: 16, usage: 128 }).destroy();
    device.queue.submit([device.createCommandEncoder().finish()]);
    expect(await device.popErrorScope()).toBeNull();

    const other = await load({ device });
    const lost = other.embedBatch(
      { images: images(4) },
      { batchSize: 1, onProgress: () => device.destroy() },
    );
    await expect(lost).rejects.toThrow(DeviceLostError);
    await expect(other.embedBatch({ texts: ['a'] })).rejects.toThrow(DeviceLostError);
    other.destroy();
  });
});
