import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import type { LoadOptions, LoadProgress } from '../src/api.ts';
import { NoAdapterError } from '../src/device/errors.ts';
import { AbortedError, type BiomedClipError, InvalidOptionError } from '../src/errors.ts';
import { BiomedClip } from '../src/index.ts';
import { TowerNotLoadedError } from '../src/model/errors.ts';
import { loadBiomedClip } from '../src/model/load.ts';
import { platform as nodePlatform } from '../src/node/platform.ts';
import { DirectoryNotFoundError } from '../src/platform/errors.ts';
import type { Platform } from '../src/platform/platform.ts';
import { MissingTokenizerError } from '../src/text/errors.ts';
import { openCheckpoint, SAFETENSORS_FILE } from '../weights/checkpoint.ts';
import { readConfig } from '../weights/config.ts';
import { convertCheckpoint } from '../weights/convert.ts';
import {
  CheckpointNotFoundError,
  ConfigFieldError,
  ConfigNotFoundError,
  F16OverflowError,
  HeaderLengthError,
  LogitScaleError,
  MissingTensorError,
  NonFiniteWeightError,
  TensorDtypeError,
  TensorShapeError,
  TruncatedFileError,
} from '../weights/errors.ts';
import { byRowsNames } from '../weights/schema.ts';
import { changedWeights, type Files, filesOf, type Stored, setValue } from './support/changed-weights.ts';
import { callersDevice } from './support/gpu.ts';
import { type DirectoryUse, memoryDirectory } from './support/memory-directory.ts';
import { MemorySink } from './support/memory-files.ts';
import { maxAbsDiff, rowCosines } from './support/numbers.ts';
import { seededModel } from './support/seeded-model.ts';
import { syntheticImage } from './support/synthetic-inputs.ts';

const adapter = process.env.BIOMEDCLIP_ADAPTER;

const withTensors = (change: (tensors: Map<string, Stored>) => void) => changedWeights(files, change);

let tiny: Awaited<ReturnType<typeof seededModel>>;
let files: Files;
beforeAll(async () => {
  tiny = await seededModel({ preset: 'tiny', seed: 5 });
  files = await filesOf(tiny.path);
});
afterAll(() => tiny.remove());

/** The model with a field of its configuration set, or by undefined removed. */
function withConfig(changes: Record<string, unknown>): Files {
  const json = JSON.parse(Buffer.from(files.get('open_clip_config.json') ?? []).toString());
  for (const [path, value] of Object.entries(changes)) {
    const keys = path.split('.');
    const last = keys.pop() ?? '';
    keys.reduce((at, key) => at[key], json)[last] = value;
  }
  return new Map(files).set('open_clip_config.json', Buffer.from(JSON.stringify(json)));
}

/** Node's platform over files in memory, and what became of its devices and files. */
function watched(from: Files) {
  const devices: GPUDevice[] = [];
  const use: DirectoryUse = { open: 0, largestRead: 0 };
  const tuning = new Map<string, string>();
  const platform: Platform = {
    ...nodePlatform,
    openDirectory: async () => memoryDirectory(from, use),
    tuningCache: {
      get: async (key) => tuning.get(key),
      set: async (key, value) => void tuning.set(key, value),
    },
    async gpu(options) {
      const entry = await nodePlatform.gpu(options);
      return {
        requestAdapter: async () => spyOnDevices(await entry.requestAdapter(), devices),
      } as unknown as GPU;
    },
  };
  return {
    devices,
    use,
    load: (options: LoadOptions = {}) => loadBiomedClip(platform, '', { adapter, ...options }),
  };
}

function spyOnDevices(inner: GPUAdapter | null, devices: GPUDevice[]) {
  if (!inner) return null;
  const { features, limits, info } = inner;
  return {
    features,
    limits,
    info,
    async requestDevice(descriptor: GPUDeviceDescriptor) {
      const device = await inner.requestDevice(descriptor);
      devices.push(device);
      return device;
    },
  };
}

/** What loading ends in, after a check that files are closed and devices destroyed. */
async function failureOf(
  from: Files,
  options: LoadOptions = {},
): Promise<{ error: unknown; devices: number }> {
  const { devices, use, load } = watched(from);
  const error = await load(options).then(
    () => new Error('it loaded'),
    (reason: unknown) => reason,
  );
  expect(use.open).toBe(0);
  for (const device of devices) await expectDestroyed(device);
  return { error, devices: devices.length };
}

async function expectDestroyed(device: GPUDevice): Promise<void> {
  const alive = new Promise((resolve) => setTimeout(resolve, 2000, 'the device is alive'));
  expect(await Promise.race([device.lost, alive])).toMatchObject({ reason: 'destroyed' });
}

/** The model as `convert --dtype q8` writes it. */
async function inInt8(): Promise<Files> {
  const directory = memoryDirectory(files);
  const checkpoint = await openCheckpoint(directory);
  const sink = new MemorySink();
  const byRows = byRowsNames(await readConfig(directory, checkpoint));
  await convertCheckpoint(checkpoint, sink, { dtype: 'q8', byRows });
  return new Map(files).set(SAFETENSORS_FILE, sink.bytes);
}

test('a checkpoint in int8 is loaded as such by itself, and gives what its values in f32 give', async () => {
  const int8 = await inInt8();
  const load = (options: LoadOptions = {}) =>
    watched(int8).load({ ...options, onWarning: (warning) => expect.fail(warning.message) });
  await using q8 = await load();
  await using f32 = await load({ dtype: 'f32' });
  await using original = await watched(files).load();
  expect([q8.info.dtype, f32.info.dtype, original.info.dtype]).toEqual(['q8', 'f32', 'f32']);
  expect(q8.info.fingerprint).toBe(f32.info.fingerprint);
  expect(q8.info.fingerprint).not.toBe(original.info.fingerprint);
  const texts = ['a brain image', 'a chest x-ray of a child', 'this is a photo of a retina'];
  const rows = async (model: typeof q8) => (await model.embedBatch({ texts })).texts;
  const [ours, values, exact] = [await rows(q8), await rows(f32), await rows(original)];
  expect(Math.min(...rowCosines(ours.data, values.data, ours.dim))).toBeGreaterThan(0.999999);
  expect(Math.min(...rowCosines(ours.data, exact.data, ours.dim))).toBeGreaterThan(0.999);
  expect(Math.min(...rowCosines(ours.data, exact.data, ours.dim))).toBeLessThan(0.999999);
});

describe('one tower alone', () => {
  const image = syntheticImage(32, 1);
  const texts = ['a brain image', 'a chest x-ray'];
  const embedded = async () => {
    await using whole = await watched(files).load();
    return { ...(await whole.embedBatch({ images: [image], texts })), info: whole.info };
  };

  test.each([
    { towers: 'text', other: 'image', names: /^visual\./ },
    { towers: 'image', other: 'text', names: /^text\./ },
  ] as const)('$towers: the same rows, and nothing read of the other', async ({ towers, other, names }) => {
    const whole = await embedded();
    const damaged = await withTensors((tensors) => {
      for (const [name, { dtype, data }] of tensors) {
        if (dtype === 'F32' && names.test(name)) data.fill(0xff); // NaN, an error where it is read
      }
    });
    const withoutTokenizer = new Map([...damaged].filter(([file]) => !/tokenizer|vocab/.test(file)));
    await using model = await watched(towers === 'image' ? withoutTokenizer : damaged).load({ towers });
    const inputs = { images: towers === 'image' ? [image] : [], texts: towers === 'text' ? texts : [] };
    const { images: ours, texts: said } = await model.embedBatch(inputs);
    const [rows, expected] = towers === 'image' ? [ours, whole.images] : [said, whole.texts];
    const none = towers === 'image' ? said : ours;
    expect(rows).toEqual(expected);
    expect(none).toEqual({ data: new Float32Array(), rows: 0, dim: rows.dim, ids: [] });
    expect(Object.keys(model.info.towers)).toEqual([towers]);
    expect(model.weightBytes[other]).toBe(0);
    expect(model.info.fingerprint).not.toBe(whole.info.fingerprint);

    const wrong = model.embedBatch({ images: [image], texts });
    await expect(wrong).rejects.toThrow(`was loaded with towers: '${towers}', so it embeds no ${other}s`);
    await expect(wrong).rejects.toBeInstanceOf(TowerNotLoadedError);
    expect((await model.embedBatch(inputs)).skipped).toEqual([]); // still usable
  });
});

/** Software adapters with subgroups have nothing to tune. */
const TUNED: LoadOptions = { withoutFeatures: ['subgroups'] };

const FC1 = 'visual.trunk.blocks.1.mlp.fc1.weight';

describe('before a device is asked for', () => {
  test('a truncated file', async () => {
    const whole = files.get(SAFETENSORS_FILE) ?? new Uint8Array();
    for (const size of [whole.length - 1, 100_000]) {
      const cut = new Map(files).set(SAFETENSORS_FILE, whole.subarray(0, size));
      const { error, devices } = await failureOf(cut);
      expect(error).toBeInstanceOf(TruncatedFileError);
      expect(error).toMatchObject({ expected: whole.length, actual: size });
      expect(devices).toBe(0);
    }
  });

  test('a header larger than the file', async () => {
    const bytes = Uint8Array.from(files.get(SAFETENSORS_FILE) ?? []);
    new DataView(bytes.buffer).setBigUint64(0, 9_412_331_008n, true);
    const { error, devices } = await failureOf(new Map(files).set(SAFETENSORS_FILE, bytes));
    expect(error).toBeInstanceOf(HeaderLengthError);
    expect(devices).toBe(0);
  });

  test('a wrong shape', async () => {
    const changed = await withTensors((tensors) => {
      const { dtype, data } = tensors.get(FC1) as Stored;
      tensors.set(FC1, { dtype, data, shape: [128, 512] });
    });
    const { error, devices } = await failureOf(changed);
    expect(error).toBeInstanceOf(TensorShapeError);
    expect(String(error)).toMatch(/fc1\.weight.*\[512, 128\].*\[128, 512\]/s);
    expect(devices).toBe(0);
  });

  test('a missing tensor', async () => {
    const { error, devices } = await failureOf(await withTensors((tensors) => tensors.delete(FC1)));
    expect(error).toBeInstanceOf(MissingTensorError);
    expect(String(error)).toContain(FC1);
    expect(devices).toBe(0);
  });

  test('a tensor of integers', async () => {
    const changed = await withTensors((tensors) => {
      const { shape } = tensors.get(FC1) as Stored;
      tensors.set(FC1, { dtype: 'I8', shape, data: new Uint8Array(512 * 128) });
    });
    const { error, devices } = await failureOf(changed);
    expect(error).toBeInstanceOf(TensorDtypeError);
    expect(devices).toBe(0);
  });

  test.each([
    ['of another shape', { shape: [128, 2] }, TensorShapeError, /fc1\.weight_scale.*\[512, 1\].*\[128, 2\]/s],
    ['of another dtype', { dtype: 'F16', shape: [512] }, TensorDtypeError, /fc1\.weight_scale/],
    ['that is no number', { value: Number.NaN }, NonFiniteWeightError, /fc1\.weight_scale/],
  ] as const)('a scale of int8 rows %s', async (_, change, expected, message) => {
    const changed = await changedWeights(await inInt8(), (tensors) => {
      const { shape, dtype, data } = { ...(tensors.get(`${FC1}_scale`) as Stored), ...change };
      const bytes = 4 * 512 - (dtype === 'F16' ? 2 * 512 : shape[0] === 128 ? 4 * 256 : 0);
      tensors.set(`${FC1}_scale`, { shape, dtype, data: data.slice(0, bytes) });
      if ('value' in change) setValue(tensors, `${FC1}_scale`, 3, change.value);
    });
    const { error } = await failureOf(changed);
    expect(error).toBeInstanceOf(expected);
    expect(String(error)).toMatch(message);
  });

  test('a logit scale that is no number', async () => {
    const changed = await withTensors((tensors) => setValue(tensors, 'logit_scale', 0, Number.NaN));
    const { error, devices } = await failureOf(changed);
    expect(error).toBeInstanceOf(NonFiniteWeightError);
    expect(devices).toBe(0);
  });

  test.each([1000, 88.8, -1000, 3e38])('a logit scale of %d, which f32 has no exp of', async (value) => {
    const changed = await withTensors((tensors) => setValue(tensors, 'logit_scale', 0, value));
    const { error, devices } = await failureOf(changed);
    expect(error).toBeInstanceOf(LogitScaleError);
    expect(error).toMatchObject({ tensor: 'logit_scale', value: Math.fround(value) });
    expect(devices).toBe(0);
  });

  test('a configuration of a pooler that open_clip does not have', async () => {
    const { error, devices } = await failureOf(
      withConfig({ 'model_cfg.text_cfg.hf_pooler_type': 'attention_pooler' }),
    );
    expect(error).toBeInstanceOf(ConfigFieldError);
    expect(error).toMatchObject({ field: 'model_cfg.text_cfg.hf_pooler_type' });
    expect(devices).toBe(0);
  });

  test.each([
    { without: ['tokenizer.json', 'vocab.txt'], expected: MissingTokenizerError },
    { without: ['open_clip_config.json'], expected: ConfigNotFoundError },
    { without: [SAFETENSORS_FILE], expected: CheckpointNotFoundError },
  ])('no $without', async ({ without, expected }) => {
    const left = new Map([...files].filter(([file]) => !without.includes(file)));
    const { error, devices } = await failureOf(left);
    expect(error).toBeInstanceOf(expected);
    expect(devices).toBe(0);
  });

  test('a dtype that there is none of', async () => {
    const { error, devices } = await failureOf(files, { dtype: 'f8' as never });
    expect(error).toBeInstanceOf(InvalidOptionError);
    expect(error).toMatchObject({ option: 'dtype' });
    expect(devices).toBe(0);
  });

  test('a directory that is not there', async () => {
    await expect(BiomedClip.load('/no/such/model')).rejects.toThrow(DirectoryNotFoundError);
  });

  test('a signal that has fired', async () => {
    const { error, devices } = await failureOf(files, { signal: AbortSignal.abort() });
    expect(error).toBeInstanceOf(AbortedError);
    expect(devices).toBe(0);
  });
});

describe('while weights go up', () => {
  test.each([Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY])(
    'a weight of %d is named with its place',
    async (value) => {
      const changed = await withTensors((tensors) => setValue(tensors, FC1, 1234, value));
      const { error } = await failureOf(changed);
      expect(error).toBeInstanceOf(NonFiniteWeightError);
      expect(error).toMatchObject({ tensor: FC1, index: 1234, value });
    },
  );

  test.each([
    { name: FC1, index: 77 },
    { name: 'text.transformer.embeddings.word_embeddings.weight', index: 5 },
  ])('a value beyond f16 in a matrix is an error in f16 only: %o', async ({ name, index }) => {
    const changed = await withTensors((tensors) => setValue(tensors, name, index, 65_520));
    const { error } = await failureOf(changed, { dtype: 'f16' });
    expect(error).toBeInstanceOf(F16OverflowError);
    expect(error).toMatchObject({ tensor: name, index, value: 65_520 });
    const model = await watched(changed).load({ dtype: 'f32' });
    model.destroy();
  });

  test('a value beyond f16 in a vector stays f32, and is none', async () => {
    const changed = await withTensors((tensors) => setValue(tensors, 'visual.trunk.norm.bias', 3, 1e6));
    const model = await watched(changed).load({ dtype: 'f16' });
    model.destroy();
  });

  test.each(['weights', 'tuning'] as const)('an abort in stage %s, and a load after it', async (stage) => {
    const controller = new AbortController();
    const onProgress = (progress: LoadProgress) => {
      if (progress.stage === stage) controller.abort('enough');
    };
    const { error, devices } = await failureOf(files, { signal: controller.signal, onProgress, ...TUNED });
    expect(error).toBeInstanceOf(AbortedError);
    expect(error).toMatchObject({ cause: 'enough' });
    expect(devices).toBe(1);
    const model = await watched(files).load();
    expect((await model.embedBatch({ texts: ['a'] })).texts.rows).toBe(1);
    model.destroy();
  });

  test('of a failed load nothing stays on a caller’s device', async () => {
    const device = await callersDevice(adapter);
    const alive = new Set<GPUBuffer>();
    const create = device.createBuffer.bind(device);
    device.createBuffer = (descriptor) => {
      const buffer = create(descriptor);
      const destroy = buffer.destroy.bind(buffer);
      alive.add(buffer);
      buffer.destroy = () => {
        alive.delete(buffer);
        return destroy();
      };
      return buffer;
    };
    const changed = await withTensors((tensors) => setValue(tensors, 'text.proj.2.weight', 0, Number.NaN));
    await expect(watched(changed).load({ device })).rejects.toThrow(NonFiniteWeightError);
    expect(alive.size).toBe(0);
    const model = await watched(files).load({ device });
    expect(alive.size).toBeGreaterThan(0);
    model.destroy();
    expect(alive.size).toBe(0);
    device.destroy();
  });
});

test('an adapter that is not there is a NoAdapterError', async () => {
  const { error } = await failureOf(files, { adapter: 'Voodoo 2' });
  expect(error).toBeInstanceOf(NoAdapterError);
});

test('progress rises to exactly its total in both stages', async () => {
  const seen: LoadProgress[] = [];
  const { load, use, devices } = watched(files);
  const model = await load({ onProgress: (progress) => seen.push(progress), ...TUNED });
  expect(use.open).toBe(0); // everything is on the GPU
  for (const stage of ['weights', 'tuning'] as const) {
    const of = seen.filter((progress) => progress.stage === stage);
    expect(of.length).toBeGreaterThan(1);
    const done = of.map((progress) => progress.done);
    expect(done).toEqual([...done].sort((a, b) => a - b));
    expect(done.at(-1)).toBe(of.at(-1)?.total);
    expect(new Set(of.map(({ total }) => total)).size).toBe(1);
  }
  model.destroy();
  for (const device of devices) await expectDestroyed(device);
});

test('a logit scale that is a vector of one, tensors and fields that nobody knows', async () => {
  const changed = await withTensors((tensors) => {
    tensors.set('logit_scale', { ...(tensors.get('logit_scale') as Stored), shape: [1] });
    tensors.set('logit_bias', { dtype: 'F32', shape: [], data: new Uint8Array(4) });
  });
  changed.set('open_clip_config.json', withConfig({ note: 1 }).get('open_clip_config.json') as Uint8Array);
  const warnings: BiomedClipError[] = [];
  const model = await watched(changed).load({ onWarning: (warning) => warnings.push(warning) });
  expect(model.info.logitScale).toBeCloseTo(50, 3);
  model.destroy();
  expect(warnings).toMatchObject([{ fields: ['note'] }, { tensors: ['logit_bias'] }]);
  expect(warnings.map(({ name }) => name)).toEqual(['UnknownFieldsError', 'UnexpectedTensorsError']);
});

test('warnings go to the console where nobody else takes them', async () => {
  const warn = vi.spyOn(console, 'warn').mockImplementation(() => {});
  const model = await watched(withConfig({ note: 1 })).load();
  model.destroy();
  expect(warn).toHaveBeenCalledOnce();
  expect(warn).toHaveBeenCalledWith(expect.stringContaining('note'));
  warn.mockRestore();
});

test('no read is larger than 8 MB, whatever the tensor', async () => {
  const words = 'text.transformer.embeddings.word_embeddings.weight';
  const rows = 20_000; // x 128 x 4 bytes: 10 MB
  const changed = await withTensors((tensors) => {
    const { dtype, data } = tensors.get(words) as Stored;
    const larger = new Uint8Array(rows * 512);
    larger.set(data);
    tensors.set(words, { dtype, shape: [rows, 128], data: larger });
  });
  const { load, use } = watched(changed);
  const model = await load({ onWarning: () => {} }); // more rows than tokens
  expect(use.largestRead).toBeLessThanOrEqual(8 * 1024 * 1024);
  const same = await watched(files).load();
  const texts = ['brain mri', 'a'];
  const [ours, theirs] = [await model.embedBatch({ texts }), await same.embedBatch({ texts })];
  expect(maxAbsDiff(ours.texts.data, theirs.texts.data)).toBeLessThan(1e-6);
  model.destroy();
  same.destroy();
});

test('a .bin gives what a safetensors file of the same weights gives, to the bit', async () => {
  const bin = await seededModel({ preset: 'tiny', seed: 5, format: 'bin' });
  const inputs = { images: [syntheticImage(48, 1), syntheticImage(48, 2)], texts: ['chest x-ray', ''] };
  const results = [];
  for (const path of [tiny.path, bin.path]) {
    const model = await BiomedClip.load(path, { adapter });
    results.push(await model.embedBatch(inputs));
    model.destroy();
  }
  await bin.remove();
  expect(results[1]).toEqual(results[0]);
});

test('what is known of the model', async () => {
  const model = await watched(files).load({ dtype: 'f16' });
  expect(model.info).toMatchObject({
    name: 'memory',
    untrained: true,
    dtype: 'f16',
    embedDim: 64,
    imageSize: 48,
    contextLength: 256,
    logitScale: expect.closeTo(50, 3),
  });
  model.destroy();
});
