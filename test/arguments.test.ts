// What callers without types do wrong: every public call says so in a typed error that names the argument, and works on.
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  BiomedClip,
  BiomedClipError,
  compareQuality,
  disturbedRows,
  embeddingQuality,
  fitGapClosing,
  loadGapClosing,
  modalityGap,
  npyBytes,
  readNpy,
  releaseGpu,
  searchRows,
  selectRows,
  shiftModalities,
  similarityMatrix,
  stackRows,
  sweepGapClosings,
  tokensOf,
  tsne,
  tsneTransform,
  UnknownOptionError,
} from '../src/index.ts';
import {
  closingFront,
  cosineHeatmap,
  quadrantHistograms,
  temperatureSweep,
  tsneMap,
} from '../src/plots/index.ts';
import { seededModel } from './support/seeded-model.ts';

type Call = (...args: readonly unknown[]) => unknown;

let files: Awaited<ReturnType<typeof seededModel>> | undefined;
let model: BiomedClip;
beforeAll(async () => {
  files = await seededModel({ preset: 'tiny', seed: 3 });
  model = await BiomedClip.load(files.path, { adapter: process.env.BIOMEDCLIP_ADAPTER });
});
afterAll(async () => {
  model.destroy();
  await releaseGpu();
  await files?.remove();
});

const x = { data: Float32Array.of(1, 0, 0, 1, 1, 1), rows: 3, dim: 2 };
const map = { x, embedding: new Float32Array(6) };
const inputs = { texts: ['a'] };
const pixels = { width: 1, height: 1, data: new Uint8Array(4) };
const heatmap = {
  cosines: new Float32Array(4),
  imageLabels: ['a'],
  textLabels: ['a'],
  pairsInAll: 1,
};
const points = {
  points: new Float32Array(4),
  names: ['a'],
  distances: [1],
  perplexity: 1,
  klDivergence: 0,
};
const values = { imageImage: [], textText: [], matched: [1], mismatched: [] };
const histogram = { metric: 'cosine', values, pairs: 1, pairsInAll: 1 };

/** Each call, arguments that it takes, and the keys of its last one. */
const CALLS: Record<string, { call: () => Call; args: () => readonly unknown[]; options: boolean }> = {
  load: {
    call:
      () =>
      (...args) =>
        (BiomedClip.load as unknown as Call)(...args),
    args: () => [files?.path, {}],
    options: true,
  },
  embedBatch: {
    call:
      () =>
      (...args) =>
        (model.embedBatch as Call).apply(model, [...args]),
    args: () => [inputs, {}],
    options: true,
  },
  similarityMatrix: { call: () => similarityMatrix as Call, args: () => [x, x, {}], options: true },
  modalityGap: { call: () => modalityGap as Call, args: () => [x, x, {}], options: true },
  embeddingQuality: {
    call: () => embeddingQuality as Call,
    args: () => [
      { images: x, texts: x },
      { resamples: 0, swaps: 0 },
    ],
    options: true,
  },
  fitGapClosing: {
    call: () => fitGapClosing as Call,
    args: () => [
      { images: x, texts: x },
      { method: 'center', folds: 0 },
    ],
    options: true,
  },
  loadGapClosing: { call: () => loadGapClosing as Call, args: () => [new Uint8Array(8)], options: false },
  sweepGapClosings: {
    call: () => sweepGapClosings as Call,
    args: () => [
      { images: x, texts: x },
      { settings: [], folds: 2 },
    ],
    options: true,
  },
  compareQuality: { call: () => compareQuality as Call, args: () => [{}, {}], options: false },
  disturbedRows: { call: () => disturbedRows as Call, args: () => [x], options: false },
  tsne: { call: () => tsne as Call, args: () => [x, { perplexity: 1 }], options: true },
  tsneTransform: {
    call: () => tsneTransform as Call,
    args: () => [map, x, { perplexity: 1 }],
    options: true,
  },
  shiftModalities: { call: () => shiftModalities as Call, args: () => [x, x, 0.5, {}], options: true },
  searchRows: {
    call: () => searchRows as Call,
    args: () => [x, { file: new Blob([x.data]), dim: 2, dtype: 'f32' }, { topK: 1 }],
    options: true,
  },
  readNpy: { call: () => readNpy as Call, args: () => [new Uint8Array(8)], options: false },
  npyBytes: { call: () => npyBytes as Call, args: () => [x], options: false },
  selectRows: { call: () => selectRows as Call, args: () => [x, [0]], options: false },
  stackRows: { call: () => stackRows as Call, args: () => [[x]], options: false },
  tokensOf: {
    call: () => tokensOf as Call,
    args: () => [{ ...x, ids: ['a'], offsets: [0, 3] }, 0],
    options: false,
  },
  cosineHeatmap: { call: () => cosineHeatmap as Call, args: () => [heatmap], options: true },
  closingFront: {
    call: () => closingFront as Call,
    args: () => [{ kept: 'recall@10', panels: [] }],
    options: true,
  },
  temperatureSweep: {
    call: () => temperatureSweep as Call,
    args: () => [{ captions: [], before: 0 }],
    options: true,
  },
  tsneMap: { call: () => tsneMap as Call, args: () => [points], options: true },
  quadrantHistograms: { call: () => quadrantHistograms as Call, args: () => [histogram], options: true },
};
/** Calls that return a promise must reject it, not throw. */
const PROMISING = [
  'load',
  'embedBatch',
  'similarityMatrix',
  'modalityGap',
  'embeddingQuality',
  'fitGapClosing',
  'loadGapClosing',
  'readNpy',
  'searchRows',
  'sweepGapClosings',
  'tsne',
  'tsneTransform',
];

async function failureOf(name: string, args: readonly unknown[]): Promise<unknown> {
  const call = CALLS[name]?.call();
  if (!PROMISING.includes(name)) {
    try {
      return call?.(...args) && undefined;
    } catch (error) {
      return error;
    }
  }
  const promise = call?.(...args) as Promise<unknown>; // a throw here fails the test
  return promise.then(
    () => undefined,
    (error: unknown) => error,
  );
}

const WRONG: readonly unknown[] = [null, 7, 'a text', true, [], () => {}, Symbol('s'), 10n, new Map(), {}];

describe.each(Object.entries(CALLS))('%s', (name, { args, options }) => {
  const places = [0, 1, 2, 3].filter((at) => at < args().length);

  test.each(places)('argument %d of every wrong kind', async (at) => {
    const isOptions =
      options && at === args().length - 1 && !name.match(/Heatmap|Map|Histograms|Front|temperature/);
    for (const value of WRONG) {
      const accepted =
        (isOptions && (value instanceof Map || isEmptyObject(value))) ||
        (name === 'load' && at === 0 && typeof value === 'string') || // a folder that is not there: its own error
        (name === 'selectRows' && at === 1 && Array.isArray(value)) || // no rows of some are none
        (name === 'embedBatch' && at === 0 && (value instanceof Map || isEmptyObject(value))) ||
        (typeof args()[at] === 'number' && typeof value === 'number' && name === 'shiftModalities');
      const wrong = args().map((arg, i) => (i === at ? value : arg));
      const failure = await failureOf(name, wrong);
      if (!accepted) expect(failure, `${String(value)} at ${at}`).toBeInstanceOf(BiomedClipError);
    }
  });

  test.runIf(options)(
    'a misspelt key names the one that it does not take, and all that it does',
    async () => {
      const last = args().at(-1) as object;
      const failure = await failureOf(name, [...args().slice(0, -1), { ...last, sigmal: undefined }]);
      expect(failure).toBeInstanceOf(UnknownOptionError);
      expect((failure as Error).message).toMatch(/^\w+: \w+ does not take "sigmal";.* it takes \w+/);
    },
  );

  test('nothing at all', async () => {
    if (name !== 'load') expect(await failureOf(name, [])).toBeInstanceOf(BiomedClipError);
  });
});

function isEmptyObject(value: unknown): boolean {
  return Object.prototype.toString.call(value) === '[object Object]';
}

test.each([
  {
    args: [{ image: ['a.png'] }],
    message: 'embedBatch: inputs does not take "image"; did you mean images? it',
  },
  {
    args: [inputs, { batchsize: 8 }],
    message: '"batchsize"; did you mean batchSize? it takes batchSize, normalize',
  },
  { args: [['a.png']], message: 'inputs must be an object with images, texts, got an array of 1' },
  { args: [], message: 'inputs must be an object with images, texts, got undefined' },
  { args: [null], message: 'inputs must be an object with images, texts, got null' },
  { args: [inputs, null], message: 'options must be an object with batchSize, normalize' },
  { args: [{ texts: null }], message: 'texts must be an array, got null' },
  { args: [inputs, { signal: {} }], message: 'signal must be an AbortSignal, got a Object' },
  { args: [inputs, { onProgress: 1 }], message: 'onProgress must be a function, got 1' },
  { args: [{ texts: [{ id: 5, text: 'a' }] }], message: 'texts[0].id must be a string, got 5' },
  {
    args: [{ images: [{ source: pixels, windw: { low: 0, high: 9 } }] }],
    message: 'embedBatch: images[0] does not take "windw"; did you mean window? it takes id, source, window',
  },
  {
    args: [{ images: [{ source: pixels, window: { low: 0, hihg: 9 } }] }],
    message: 'embedBatch: images[0].window does not take "hihg"; did you mean high? it takes low, high',
  },
])('embedBatch, told: $message', async ({ args, message }) => {
  const failure = await failureOf('embedBatch', args);
  expect(failure).toBeInstanceOf(BiomedClipError);
  expect((failure as Error).message).toContain(message);
  expect((await model.embedBatch(inputs)).texts.rows).toBe(1);
});

test.each([null, undefined, 3, {}, Symbol('s'), ['a.png']])(
  'an image or text that is none: %s',
  async (entry) => {
    expect(await failureOf('embedBatch', [{ images: [entry] }])).toBeInstanceOf(BiomedClipError);
    expect(await failureOf('embedBatch', [{ texts: [entry] }])).toBeInstanceOf(BiomedClipError);
    expect((await model.embedBatch(inputs)).texts.rows).toBe(1);
  },
);

test.each([
  { dtype: 'f64' },
  { adapter: 5 },
  { device: {} },
  { toggles: 'skip_validation' },
  { withoutFeatures: ['shader-f61'] },
  { cache: 1 },
  { onWarning: true },
  { signal: 'now' },
])('load: %o', async (options) => {
  const [key] = Object.keys(options);
  const failure = await failureOf('load', [files?.path, options]);
  expect(failure).toMatchObject({ name: 'InvalidOptionError', option: key });
});

test.each(['', 'http://[', 'file://elsewhere/model'])('load: the source %o', async (source) => {
  expect(await failureOf('load', [source])).toMatchObject({ name: 'InvalidOptionError', option: 'source' });
});

test.each([
  { data: [1, 0, 0, 1, 1, 1] },
  { data: new Float64Array(6) },
  { data: new Float32Array(5) },
  { rows: 2.5 },
  { rows: '3' },
  { dim: 0 },
  { data: undefined },
])('vectors with %o', async (wrong) => {
  const bad = { ...x, ...wrong };
  for (const name of ['similarityMatrix', 'modalityGap', 'tsne', 'shiftModalities']) {
    const [, ...rest] = CALLS[name]?.args() ?? [];
    expect(await failureOf(name, [bad, ...rest]), name).toBeInstanceOf(BiomedClipError);
  }
  for (const field of ['images', 'texts', 'queries', 'disturbed']) {
    const rows = { images: x, texts: x, [field]: bad };
    expect(await failureOf('embeddingQuality', [rows]), field).toBeInstanceOf(BiomedClipError);
  }
  const prompts = { vectors: bad, labels: [1, 2, 3] };
  expect(
    await failureOf('embeddingQuality', [{ images: x, texts: x, labels: [1, 2, 3], prompts }]),
  ).toBeInstanceOf(BiomedClipError);
  expect(await failureOf('tsneTransform', [{ x: bad, embedding: map.embedding }, x])).toBeInstanceOf(
    BiomedClipError,
  );
});

test('a buffer that was transferred away is a typed error', async () => {
  const gone = { ...x, data: x.data.slice() };
  structuredClone(gone.data.buffer, { transfer: [gone.data.buffer] });
  expect(await failureOf('similarityMatrix', [gone])).toBeInstanceOf(BiomedClipError);
});

test('what a callback throws comes out as it is, and the model works on', async () => {
  const own = new Error('the caller’s own');
  const onProgress = () => {
    throw own;
  };
  expect(await failureOf('embedBatch', [inputs, { onProgress }])).toBe(own);
  expect((await model.embedBatch(inputs)).texts.rows).toBe(1);
});

/** What a key may be given: odd numbers, names, and things of every other kind. */
const HOSTILE = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom(0, -0, 1, 2, 3, 5, 0.5, 1e-300, -1, 1.5) },
  { weight: 2, arbitrary: fc.constantFrom(Number.NaN, Number.POSITIVE_INFINITY, -1e300, 1e300, 2 ** 53 + 2) },
  fc.constantFrom('', '1', 'auto', 'cosine', 'euclidean', 'exact', 'pca', 'none', '__proto__'),
  fc.constantFrom<unknown>(null, undefined, true, false, [], [0], ['a'], {}, { min: 1 }, () => {}, 7n),
  fc.constantFrom<unknown>(new Float32Array(6), new Uint8Array(3), new Date(0), /a/, Symbol('s'), new Map()),
);
/** Whole numbers that a call may rightly take hours for. */
const LONG = /iter|resamples|swaps|steps|folds|sampl/i;
const CASES = Number(process.env.FUZZ_CASES ?? 40);

/** Where rows, places or values of a result are no numbers. Single figures may be NaN, where there is nothing to measure. */
function oddNumber(value: unknown, at = 'the result'): string | undefined {
  if (value instanceof Float32Array || value instanceof Float64Array)
    return value.every(Number.isFinite) ? undefined : at;
  if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value)) return undefined;
  for (const [key, one] of Object.entries(value)) {
    const odd = oddNumber(one, `${at}.${key}`);
    if (odd) return odd;
  }
  return undefined;
}

describe.each(Object.entries(CALLS).filter(([, { options }]) => options))(
  '%s: options at random',
  (name, { call, args }) => {
    test('are taken, with numbers that are numbers, or refused by name', async () => {
      const usual = args().at(-1) as object;
      const misspelt = await failureOf(name, [...args().slice(0, -1), { ...usual, sigmal: 1 }]);
      const keys = /it takes (.*)$/.exec((misspelt as Error).message)?.[1]?.split(', ') ?? [];
      expect(keys.length).toBeGreaterThan(0);
      const changes = fc.dictionary(fc.constantFrom(...keys), HOSTILE, { minKeys: 1, maxKeys: 3 });
      const property = fc.asyncProperty(changes, async (changed) => {
        fc.pre(
          !Object.entries(changed).some(([key, v]) => LONG.test(key) && typeof v === 'number' && v > 1000),
        );
        try {
          const result = await call()(...args().slice(0, -1), { ...usual, ...changed });
          if (name === 'load') (result as BiomedClip).destroy();
          else expect(oddNumber(result)).toBeUndefined();
        } catch (failure) {
          if (!(failure instanceof BiomedClipError) || failure.constructor === BiomedClipError) throw failure;
          expect(failure.message).not.toMatch(/\[object \w+\]|undefined is not|Cannot read/);
        }
      });
      await fc.assert(property, { seed: Number(process.env.FUZZ_SEED ?? 1), numRuns: CASES });
    });
  },
);
