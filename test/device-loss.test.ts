// A device that is lost under a loaded model. The judge: what the model gave before, to the bit.
import { existsSync } from 'node:fs';
import { readdir, readFile, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { EmbedInputs, LoadOptions } from '../src/api.ts';
import { DeviceLostError } from '../src/device/errors.ts';
import type { Gpu } from '../src/device/gpu.ts';
import { AbortedError, type BiomedClipError, DestroyedError, InvalidOptionError } from '../src/errors.ts';
import { BiomedClip } from '../src/index.ts';
import { ChangedCheckpointError, ModelReloadError } from '../src/model/errors.ts';
import { CHROMIUM, Chromium } from './support/chromium.ts';
import { callersDevice } from './support/gpu.ts';
import { seededModel } from './support/seeded-model.ts';
import { syntheticImage } from './support/synthetic-inputs.ts';

const adapter = process.env.BIOMEDCLIP_ADAPTER;
const inputs: EmbedInputs = {
  images: Array.from({ length: 4 }, (_, i) => syntheticImage(40 + i, 50)),
  texts: ['one', 'two and more', 'three'],
};

type Model = Awaited<ReturnType<typeof BiomedClip.load>>;
const gpuOf = (model: Model) => (model as unknown as { readonly on: { readonly gpu: Gpu } }).on.gpu;
/** As a driver's reset does it: nobody has asked the model. */
const lose = (model: Model) => gpuOf(model).device.destroy();

let tiny: Awaited<ReturnType<typeof seededModel>>;
let other: Awaited<ReturnType<typeof seededModel>>;
beforeAll(async () => {
  tiny = await seededModel({ preset: 'tiny', seed: 5 });
  other = await seededModel({ preset: 'tiny', seed: 6 });
});
afterAll(async () => {
  await tiny.remove();
  await other.remove();
});

async function loaded(options: LoadOptions = {}) {
  const warnings: BiomedClipError[] = [];
  const onWarning = (warning: BiomedClipError) => warnings.push(warning);
  const model = await BiomedClip.load(tiny.path, { adapter, onWarning, ...options });
  warnings.length = 0; // that it is untrained
  return { model, warnings };
}

test('lost between calls, twice: the next call loads the model again and gives the same bits', async () => {
  const { model, warnings } = await loaded();
  const before = await model.embedBatch(inputs);
  for (let turn = 1; turn <= 2; turn++) {
    const gpu = gpuOf(model);
    lose(model);
    expect(await model.embedBatch(inputs)).toEqual(before);
    expect(gpu.counters.bytesAlive).toBe(0);
    expect(warnings.map(({ name }) => name)).toEqual(Array(turn).fill('ModelReloadedError'));
  }
  expect(warnings[0]?.message).toContain(`was loaded again, on ${model.info.adapter}`);
  model.destroy();
  expect(gpuOf(model).counters.bytesAlive).toBe(0);
});

test('lost under a batch: the batch is made once more, and calls that wait see nothing of it', async () => {
  const { model, warnings } = await loaded();
  const before = await model.embedBatch(inputs);
  let isLost = false;
  const onProgress = () => {
    if (!isLost) lose(model);
    isLost = true;
  };
  const [first, second] = await Promise.all([
    model.embedBatch(inputs, { batchSize: 1, onProgress }),
    model.embedBatch(inputs),
  ]);
  expect(second).toEqual(before);
  expect(first.images.ids).toEqual(before.images.ids);
  expect(first.texts.data).toEqual((await model.embedBatch(inputs, { batchSize: 1 })).texts.data);
  expect(warnings).toHaveLength(1);
  model.destroy();
});

test('lost again under the second try: an error, and the next call is right', async () => {
  const { model } = await loaded();
  const before = await model.embedBatch(inputs);
  const failing = model.embedBatch(inputs, { batchSize: 1, onProgress: () => lose(model) });
  await expect(failing).rejects.toThrow(DeviceLostError);
  expect(await model.embedBatch(inputs)).toEqual(before);
  model.destroy();
});

test('where the checkpoint is gone or another, an error says so; once it is back the model works', async () => {
  const { model } = await loaded();
  const before = await model.embedBatch(inputs);
  lose(model);
  await rename(tiny.path, `${tiny.path}-away`);
  const gone = await model.embedBatch(inputs).catch((error: unknown) => error);
  expect(gone).toBeInstanceOf(ModelReloadError);
  expect((gone as Error).message).toMatch(
    /the WebGPU device was lost .*loading it again failed: .*directory/,
  );
  await rename(other.path, tiny.path);
  const changed = await model.embedBatch(inputs).catch((error: unknown) => error);
  expect((changed as Error).cause).toBeInstanceOf(ChangedCheckpointError);
  expect((changed as Error).message).toContain(model.info.fingerprint);
  await rename(tiny.path, other.path);
  await rename(`${tiny.path}-away`, tiny.path);
  expect(await model.embedBatch(inputs)).toEqual(before);
  model.destroy();
});

test('a signal ends the wait for the model, and destroying it ends the call', async () => {
  const { model } = await loaded();
  const before = await model.embedBatch(inputs);
  lose(model);
  const stop = new AbortController();
  const stopped = model.embedBatch(inputs, { signal: stop.signal });
  setTimeout(() => stop.abort(), 1);
  await expect(stopped).rejects.toThrow(AbortedError);
  expect(await model.embedBatch(inputs)).toEqual(before);

  lose(model);
  const destroyed = model.embedBatch(inputs);
  setTimeout(() => model.destroy(), 1);
  await expect(destroyed).rejects.toThrow(DestroyedError);
  expect(gpuOf(model).counters.bytesAlive).toBe(0);
});

test("onDeviceLost: 'error' leaves it to the caller, as does a device of the caller's", async () => {
  const { model } = await loaded({ onDeviceLost: 'error' });
  lose(model);
  await expect(model.embedBatch(inputs)).rejects.toThrow(DeviceLostError);
  await expect(model.embedBatch({ texts: ['again'] })).rejects.toThrow(DeviceLostError);
  model.destroy();
  const device = await callersDevice(adapter);
  const asked = BiomedClip.load(tiny.path, { device, onDeviceLost: 'reload' });
  await expect(asked).rejects.toThrow(InvalidOptionError);
  device.destroy();
});

test.skipIf(!existsSync(CHROMIUM))(
  'a crashed GPU process in Chromium, twice: the model goes on, from files that were given once',
  async () => {
    // Else Chromium keeps adapters from a page after a crash, until its user comes back to it.
    const flags = ['--disable-domain-blocking-for-3d-apis', '--disable-gpu-process-crash-limit'];
    await using browser = await Chromium.open(undefined, flags);
    const page = await browser.newPage('cache.html');
    const names = await readdir(tiny.path);
    const files = await Promise.all(
      names.map(async (name) => [name, await readFile(join(tiny.path, name), 'base64')] as const),
    );
    await page.evaluate(`import('/src/index.ts').then((library) => Object.assign(globalThis, { library }))`);
    await page.evaluate(async (files) => {
      const { library } = globalThis as unknown as { library: typeof import('../src/index.ts') };
      function* given() {
        for (const [name, base64] of files) {
          yield new File([Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0))], name);
        }
      }
      const model = await library.BiomedClip.load(given(), { onWarning: () => {} });
      Object.assign(globalThis, { model });
    }, files);
    const embedded = () =>
      page.evaluate(async () => {
        const { model } = globalThis as unknown as { model: Model };
        return [...(await model.embedBatch({ texts: ['one', 'two'] })).texts.data];
      });
    const before = await embedded();
    const session = await browser.context.newCDPSession(page);
    for (let turn = 0; turn < 2; turn++) {
      await session.send('Browser.crashGpuProcess');
      // Chromium may have no adapter for a while, which is an error that the next call tries again.
      await expect
        .poll(() => embedded().catch((error: Error) => error.message), { timeout: 60_000 })
        .toEqual(before);
    }
  },
  180_000,
);
