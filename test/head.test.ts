// Judges: finite differences of the loss in double precision; PyTorch's training (golden/head.py).
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { FewRowsError, NoSpreadError, UnpairedRowsError } from '../src/closing/errors.ts';
import { HeadDivergedError, StateTooLateError } from '../src/closing/head/errors.ts';
import { headGradient } from '../src/closing/head/gradient.ts';
import { type LossWeights, recordLoss } from '../src/closing/head/loss.ts';
import type { HeadOptions } from '../src/closing/head/options.ts';
import type { HeadState, HeadValues } from '../src/closing/head/state.ts';
import { trainHead } from '../src/closing/head/train-head.ts';
import { DeviceLimitError } from '../src/device/errors.ts';
import type { Gpu } from '../src/device/gpu.ts';
import { AbortedError, InvalidOptionError, ShapeError, UnknownOptionError } from '../src/errors.ts';
import { linear } from '../src/kernels/gemm/gemm.ts';
import { packColumns, packRows } from '../src/kernels/gemm/pack-columns.ts';
import { NonFiniteVectorError, type Vectors, ZeroVectorError } from '../src/metrics/vectors.ts';
import { asHardware, testGpu, withLimits } from './support/gpu.ts';
import { floatsFromBase64, maxAbsDiff, seededNormal, seededUniform } from './support/numbers.ts';

let software: Gpu;
let hardware: Gpu;
beforeAll(async () => {
  software = await testGpu();
  hardware = asHardware(software);
});
afterAll(() => software.destroy());

const VARIANTS = [
  { variant: 'the adapter', of: () => software },
  { variant: 'hardware', of: () => hardware },
];

describe.each(VARIANTS)('packed on $variant', ({ of }) => {
  test.each([
    { m: 5, n: 7, k: 3 },
    { m: 37, n: 33, k: 34 },
    { m: 65, n: 66, k: 128 },
  ])('x [$m, $k] times y [$k, $n] and y^T', async ({ m, n, k }) => {
    const [x, y] = [seededUniform(m * k, 1), seededUniform(k * n, 2)];
    const transposed = Float32Array.from(y, (_, at) => y[(at % k) * n + Math.floor(at / k)] ?? 0);
    const product = (pack: typeof packColumns, shape: readonly number[], values: Float32Array) =>
      of().compute(
        'product',
        (cmd) => {
          const inputs = { x: cmd.input([m, k]), y: cmd.input(shape) };
          return { inputs, outputs: { z: linear(cmd, inputs.x, { weight: pack(cmd, inputs.y) }) } };
        },
        { x, y: values },
      );
    const expected = Float64Array.from({ length: m * n }, (_, at) =>
      sum(k, (i) => at0(x, Math.floor(at / n) * k + i) * at0(y, i * n + (at % n))),
    );
    // f32 sums of k products below 1
    expect(maxAbsDiff((await product(packColumns, [k, n], y)).z, expected)).toBeLessThan(k * 1e-6);
    expect(maxAbsDiff((await product(packRows, [n, k], transposed)).z, expected)).toBeLessThan(k * 1e-6);
  });
});

describe.each(VARIANTS)('gradients on $variant are those of finite differences', ({ of }) => {
  const terms = [
    { name: 'CLIP', scale: 10, identity: 0, modGap: 0 },
    { name: 'CLIP at a scale whose exp would overflow', scale: 120, identity: 0, modGap: 0 },
    { name: 'the identity', scale: 0, identity: 0.3, modGap: 0 },
    { name: 'ModGap', scale: 0, identity: 0, modGap: 0.7 },
    { name: 'all', scale: 10, identity: 0.1, modGap: 0.5 },
  ];
  const sizes = [
    { dim: 5, batch: 3 },
    { dim: 8, batch: 6 },
    { dim: 6, batch: 2 },
  ];
  test.each(terms.flatMap((term) => sizes.map((size) => ({ ...term, ...size }))))(
    '$name, D $dim, B $batch',
    async ({ dim, batch, ...term }) => {
      const n = batch + 2;
      const data = { image: seededNormal(n * dim, 1), text: seededNormal(n * dim, 2) };
      const maps = { image: unevenMap(dim, 3), text: unevenMap(dim, 5) };
      const rows = Array.from({ length: batch }, (_, i) => (3 * i + 1) % n);
      const ours = await gradientOnGpu(of(), data, maps, rows, term);
      const loss = () => hostLoss(data, maps, rows, dim, term);
      expect(ours.loss).toBeCloseTo(loss(), 4);
      for (const modality of ['image', 'text'] as const) {
        for (const part of ['weight', 'bias'] as const) {
          const expected = finiteDifferences(maps[modality][part], loss);
          const size = Math.max(...expected.map(Math.abs), 1e-3);
          // f32 sums; the logits carry 2^-24 times their scale into exp
          expect(maxAbsDiff(ours[modality][part], expected) / size).toBeLessThan(3e-6 * (10 + term.scale));
        }
      }
    },
  );
});

interface GoldenCase {
  readonly name: string;
  readonly dim: number;
  readonly size: number;
  readonly steps: number;
  readonly start: number;
  readonly end: number;
  readonly identity: number;
  readonly mod_gap: number;
  readonly decay: number;
  readonly losses: readonly number[];
  readonly image: Readonly<Record<'weight' | 'bias', string>>;
  readonly text: Readonly<Record<'weight' | 'bias', string>>;
}
interface Golden {
  readonly n: number;
  readonly seed: number;
  readonly cases: readonly GoldenCase[];
}
const golden: Golden = JSON.parse(readFileSync(new URL('./golden/head.json', import.meta.url), 'utf8'));

describe.each(VARIANTS)('training on $variant is PyTorch’s', ({ of }) => {
  test.each(golden.cases)('$name, D $dim, $steps steps', async (expected) => {
    const { n: rows, seed } = golden;
    const { dim, size: batch } = expected;
    const images = seededUniform(rows * dim, 1);
    const noise = seededUniform(rows * dim, 2);
    const texts = images.map((x, i) => 0.5 * x + 0.5 * at0(noise, i) + 0.3);
    const { start, end, identity, mod_gap: modGap, decay: weightDecay, steps } = expected;
    const scale = start === end ? start : { from: start, to: end };
    const options = { scale, identity, modGap, weightDecay, steps, batch, seed };
    const head = await trainHead(of(), { data: images, rows, dim }, { data: texts, rows, dim }, options);
    expect(head.losses.map(({ step }) => step)).toEqual(expected.losses.map((_, i) => i + 1));
    const losses = head.losses.map(({ loss }) => loss);
    expect(maxAbsDiff(losses, expected.losses)).toBeLessThan(3e-6);
    for (const modality of ['image', 'text'] as const) {
      for (const part of ['weight', 'bias'] as const) {
        const values = floatsFromBase64(expected[modality][part]);
        expect(maxAbsDiff(head[modality][part], values)).toBeLessThan(3e-6); // weights of 1, in f32, some steps long
      }
    }
  });
});

describe('a training', () => {
  const dim = 24;
  const { images, texts } = pairsOf(300, dim);
  const options: HeadOptions = { steps: 120, batch: 64, seed: 1 };

  test('gives the same again by the same seed, and else by another', async () => {
    const first = await trainHead(software, images, texts, options);
    expect((await trainHead(software, images, texts, options)).state).toEqual(first.state);
    const other = await trainHead(software, images, texts, { ...options, seed: 2 });
    expect(other.image.weight).not.toEqual(first.image.weight);
    expect(first.losses).toHaveLength(120);
  });

  test('goes on from a state as if it had not stopped', async () => {
    const states: HeadState[] = [];
    const seen: number[] = [];
    const whole = await trainHead(software, images, texts, {
      ...options,
      onProgress: async ({ step, state }) => {
        seen.push(step);
        states.push(await state());
      },
    });
    expect(seen).toEqual([50, 100, 120]);
    expect(states.at(-1)).toEqual(whole.state);
    for (const resume of states) {
      const rest = await trainHead(software, images, texts, { ...options, resume });
      expect(rest.state).toEqual(whole.state);
      expect(rest.losses).toEqual(whole.losses.slice(resume.step));
    }
  });

  test('ends within an abort, and leaves the device as it was', async () => {
    const before = software.counters.buffersAlive;
    const controller = new AbortController();
    const onProgress = () => controller.abort('enough');
    const aborted = trainHead(software, images, texts, { ...options, signal: controller.signal, onProgress });
    await expect(aborted).rejects.toThrow(AbortedError);
    const timed = AbortSignal.timeout(100);
    const long = trainHead(software, images, texts, { ...options, steps: 1_000_000, signal: timed });
    await expect(long).rejects.toThrow(AbortedError);
    const late = trainHead(software, images, texts, { ...options, signal: controller.signal });
    await expect(late).rejects.toThrow(AbortedError);
    expect(software.counters.buffersAlive).toBe(before);
    expect((await trainHead(software, images, texts, options)).losses).toHaveLength(120);
    expect(software.counters.buffersAlive).toBe(before);
  });

  test('reads back once in 50 steps, and allocates nothing on the way', async () => {
    const counted: { readBacks: number; buffers: number }[] = [];
    const onProgress = () => {
      const { readBacks, buffersCreated: buffers } = software.counters;
      counted.push({ readBacks, buffers });
    };
    await trainHead(software, images, texts, { ...options, onProgress });
    const [first, second] = counted;
    expect((second?.readBacks ?? 0) - (first?.readBacks ?? 0)).toBe(1);
    expect(second?.buffers).toBe(first?.buffers);
  });

  test('takes rows of any length, and all pairs where there are fewer than a batch', async () => {
    const scaled = { ...images, data: images.data.map((v) => 40 * v) };
    const few = { steps: 3, batch: 1000 };
    const head = await trainHead(software, scaled, texts, few);
    const expected = await trainHead(software, images, texts, few);
    expect(maxAbsDiff(head.image.weight, expected.image.weight)).toBeLessThan(1e-5);
    expect(head.losses).toHaveLength(3);
  });

  test('of true pairs finds rows that it has not seen, and of shuffled ones does not', async () => {
    const fit = { images: firstRows(images, 200), texts: firstRows(texts, 200) };
    const [x, y] = [restRows(images, 200), restRows(texts, 200)];
    const settings = { ...options, batch: 100, identity: 0, learningRate: 1e-2 };
    const trained = await trainHead(software, fit.images, fit.texts, settings);
    const turned = { ...fit.texts, data: rotated(fit.texts, 71) };
    const control = await trainHead(software, fit.images, turned, settings);
    expect(recallAt1(x, y, trained)).toBeGreaterThan(0.8);
    expect(recallAt1(x, y, control)).toBeLessThan(0.1); // 0.01 by chance
  });

  test('says when its loss is no longer finite, and leaves the device usable', async () => {
    const before = software.counters.buffersAlive;
    const diverged = trainHead(software, images, texts, { ...options, learningRate: 3e38 });
    await expect(diverged).rejects.toThrow(HeadDivergedError);
    await expect(diverged).rejects.toThrow(
      /^trainHead: the loss is Infinity at step 2; lower learningRate \(3e\+38\)/,
    );
    expect(software.counters.buffersAlive).toBe(before);
    // Finite, but its rows' squares are not: each would become zero, with a loss that says nothing.
    const collapsed = trainHead(software, images, texts, { steps: 3, identity: 0, learningRate: 1e30 });
    await expect(collapsed).rejects.toThrow(HeadDivergedError);
  });

  test('says what to do when the rows are more than a kernel can bind', async () => {
    const small = withLimits(software, 1 << 14);
    const refused = trainHead(small, images, texts, options);
    await expect(refused).rejects.toThrow(DeviceLimitError);
    await expect(refused).rejects.toThrow(/rows of a modality .*28,?800.*train on a sample of the pairs/);
  });

  test('gives its state only while it waits', async () => {
    const late: (() => Promise<HeadState>)[] = [];
    await trainHead(software, images, texts, {
      ...options,
      onProgress: ({ state }) => void late.push(state),
    });
    await expect(late[0]?.()).rejects.toThrow(new StateTooLateError(50));
  });

  test('refuses rows that are no pairs', async () => {
    const one = (vectors: Vectors) => firstRows(vectors, 1);
    const with0 = (column: number, value: number) => {
      const data = texts.data.slice();
      data[2 * dim + column] = value;
      return { ...texts, data };
    };
    const equal = { ...texts, data: texts.data.map((_, i) => at0(texts.data, i % dim)) };
    const zero = { ...texts, data: texts.data.map((v, i) => (i >= dim && i < 2 * dim ? 0 : v)) };
    const cases = [
      [images, firstRows(texts, 299), new UnpairedRowsError('head', 300, 299)],
      [one(images), one(texts), new FewRowsError('head', 'pairs', 1, 2)],
      [images, with0(3, Number.NaN), new NonFiniteVectorError('texts', 2, 3, Number.NaN)],
      [images, zero, new ZeroVectorError('texts', 1)],
      [images, equal, new NoSpreadError('texts')],
      [
        images,
        { ...texts, dim: 12, rows: 600 },
        new ShapeError('trainHead', 'texts', '[rows, 24]', [600, 12]),
      ],
    ] as const;
    for (const [x, y, error] of cases) await expect(trainHead(software, x, y)).rejects.toThrow(error);
  });

  test.each([
    [{ scale: 0 }, 'scale must be a number above 0'],
    [{ scale: { from: 10, to: -1 } }, 'scale must be a number above 0, or { from, to } of such'],
    [{ identity: -1 }, 'identity must be a number from 0'],
    [{ modGap: Number.NaN }, 'modGap must be a number from 0'],
    [{ steps: 0 }, 'steps must be an integer of at least 1'],
    [{ batch: 1 }, 'batch must be an integer of at least 2'],
    [{ learningRate: 0 }, 'learningRate must be a number above 0'],
    [{ weightDecay: -0.1 }, 'weightDecay must be a number from 0'],
    [{ seed: 0.5 }, 'seed must be a whole number'],
  ] as const)('refuses %o', async (bad, message) => {
    const refused = trainHead(software, images, texts, bad);
    await expect(refused).rejects.toThrow(InvalidOptionError);
    await expect(refused).rejects.toThrow(message);
  });

  test('refuses an unknown option, and the state of another training', async () => {
    const unknown = { stepps: 3 } as HeadOptions;
    await expect(trainHead(software, images, texts, unknown)).rejects.toThrow(UnknownOptionError);
    const { state } = await trainHead(software, images, texts, { steps: 5 });
    const resumed = (change: Partial<HeadState>, steps = 5) =>
      trainHead(software, images, texts, { steps, resume: { ...state, ...change } });
    await expect(resumed({}, 4)).rejects.toThrow('resume.step must be a whole number from 0 to 4');
    const { image } = state;
    const value = { ...image.value, bias: new Float32Array(3) };
    await expect(resumed({ image: { ...image, value } })).rejects.toThrow(
      'resume.image.value.bias must be a Float32Array of 24 finite values, got "a Float32Array of 3"',
    );
    const first = { ...image.first, bias: new Float32Array(dim).fill(Number.NaN) };
    await expect(resumed({ image: { ...image, first } })).rejects.toThrow('got "NaN at 0"');
    await expect(resumed({ text: undefined })).rejects.toThrow('resume.text.value.weight must be');
    expect((await resumed({})).losses).toEqual([]);
  });
});

interface Maps {
  readonly image: HeadValues;
  readonly text: HeadValues;
}
type Data = Readonly<Record<keyof Maps, Float32Array>>;
type Term = LossWeights & { readonly scale: number };

/** The identity and some noise. */
function unevenMap(dim: number, seed: number) {
  const weight = seededNormal(dim * dim, seed).map((v, i) => 0.4 * v + Number(i % (dim + 1) === 0));
  return { weight, bias: seededNormal(dim, seed + 1) };
}

async function gradientOnGpu(gpu: Gpu, data: Data, maps: Maps, rows: readonly number[], term: Term) {
  const dim = maps.image.bias.length;
  const batch = rows.length;
  const n = data.image.length / dim;
  const { losses, ...read } = await gpu.compute(
    'gradient',
    (cmd) => {
      const map = () => ({ weight: cmd.input([dim, dim]), bias: cmd.input([dim]) });
      const inputs = { images: cmd.input([n, dim]), texts: cmd.input([n, dim]), image: map(), text: map() };
      const steps = {
        clock: cmd.input([1], 'u32'),
        schedule: cmd.input([1, 4]),
        order: cmd.input([1, batch], 'u32'),
        losses: cmd.input([1]),
      };
      const pairs = { image: inputs.images, text: inputs.texts };
      const result = headGradient(cmd, pairs, inputs, steps, term);
      recordLoss(cmd, result.loss, steps, term, result.departures);
      const { image, text } = result.gradients;
      return {
        inputs: {
          ...steps,
          images: inputs.images,
          texts: inputs.texts,
          imageWeight: inputs.image.weight,
          imageBias: inputs.image.bias,
          textWeight: inputs.text.weight,
          textBias: inputs.text.bias,
        },
        outputs: {
          imageWeight: image.weight,
          imageBias: image.bias,
          textWeight: text.weight,
          textBias: text.bias,
          losses: steps.losses,
        },
      };
    },
    {
      clock: Uint32Array.of(0),
      schedule: Float32Array.of(0, term.scale, 1, 1),
      order: Uint32Array.from(rows),
      images: data.image,
      texts: data.text,
      imageWeight: maps.image.weight,
      imageBias: maps.image.bias,
      textWeight: maps.text.weight,
      textBias: maps.text.bias,
    },
  );
  return {
    loss: at0(losses, 0),
    image: { weight: read.imageWeight, bias: read.imageBias },
    text: { weight: read.textWeight, bias: read.textBias },
  };
}

/** The loss by its formulas in double precision. */
function hostLoss(data: Data, maps: Maps, rows: readonly number[], dim: number, term: Term): number {
  const [x, y] = (['image', 'text'] as const).map((modality) =>
    rows.map((row) => mapped(data[modality].subarray(row * dim, (row + 1) * dim), maps[modality])),
  ) as [number[][], number[][]];
  const logits = x.map((a) => y.map((b) => term.scale * dot(a, b)));
  const clip = mean(
    logits.map((line, i) => {
      const column = logits.map((other) => at0(other, i));
      return 0.5 * (logSumExp(line) + logSumExp(column)) - at0(line, i);
    }),
  );
  const squared = (a: number[], b: number[]) => sum(dim, (i) => (at0(a, i) - at0(b, i)) ** 2);
  const centroids = x.map((a, i) => unit(a.map((v, c) => (v + at0(y[i] ?? [], c)) / 2)));
  const densities = centroids.flatMap((a, i) =>
    centroids.slice(i + 1).map((b) => Math.exp(-2 * squared(a, b))),
  );
  const modGap = mean(x.map((a, i) => squared(a, y[i] ?? []))) + Math.log(mean(densities));
  const departure = ({ weight }: HeadValues) =>
    sum(dim * dim, (i) => (at0(weight, i) - Number(i % (dim + 1) === 0)) ** 2);
  return clip + term.modGap * modGap + term.identity * (departure(maps.image) + departure(maps.text));
}

function mapped(x: ArrayLike<number>, { weight, bias }: HeadValues): number[] {
  const dim = bias.length;
  return unit(Array.from(bias, (b, row) => b + sum(dim, (i) => at0(weight, row * dim + i) * at0(x, i))));
}

/** Central differences; the steps are those that f32 values really take. */
function finiteDifferences(values: Float32Array, loss: () => number): number[] {
  return Array.from(values, (value, i) => {
    values[i] = value + 2 ** -10;
    const [above, lossAbove] = [at0(values, i), loss()];
    values[i] = value - 2 ** -10;
    const [below, lossBelow] = [at0(values, i), loss()];
    values[i] = value;
    return (lossAbove - lossBelow) / (above - below);
  });
}

const at0 = (values: ArrayLike<number>, at: number) => values[at] ?? Number.NaN;
function sum(count: number, of: (i: number) => number): number {
  let total = 0;
  for (let i = 0; i < count; i++) total += of(i);
  return total;
}
const mean = (values: readonly number[]) => sum(values.length, (i) => at0(values, i)) / values.length;
const dot = (a: readonly number[], b: readonly number[]) => sum(a.length, (i) => at0(a, i) * at0(b, i));
const unit = (a: readonly number[]) => a.map((v) => v / Math.sqrt(dot(a, a)));
function logSumExp(values: readonly number[]): number {
  const largest = Math.max(...values);
  return largest + Math.log(sum(values.length, (i) => Math.exp(at0(values, i) - largest)));
}

/** Two views of the same latent numbers, each with its own mean and noise. */
function pairsOf(rows: number, dim: number) {
  const latent = 8;
  const hidden = seededNormal(rows * latent, 1);
  const view = (seed: number): Vectors => {
    const basis = seededNormal(latent * dim, seed);
    const noise = seededNormal(rows * dim, seed + 1);
    const offset = seededNormal(dim, seed + 2);
    const data = Float32Array.from({ length: rows * dim }, (_, at) => {
      const [row, column] = [Math.floor(at / dim), at % dim];
      const signal = sum(latent, (l) => at0(hidden, row * latent + l) * at0(basis, l * dim + column));
      return signal + 0.1 * at0(noise, at) + 2 * at0(offset, column);
    });
    return { data, rows, dim };
  };
  return { images: view(10), texts: view(20) };
}

function firstRows({ data, dim }: Vectors, rows: number): Vectors {
  return { data: data.slice(0, rows * dim), rows, dim };
}
function restRows({ data, rows, dim }: Vectors, from: number): Vectors {
  return { data: data.slice(from * dim), rows: rows - from, dim };
}
function rotated({ data, rows, dim }: Vectors, by: number): Float32Array {
  return data.map((_, at) => at0(data, (at + by * dim) % (rows * dim)));
}

function recallAt1(images: Vectors, texts: Vectors, head: Maps): number {
  const rowsOf = ({ data, rows, dim }: Vectors, map: HeadValues) =>
    Array.from({ length: rows }, (_, r) => mapped(unit([...data.subarray(r * dim, (r + 1) * dim)]), map));
  const [x, y] = [rowsOf(images, head.image), rowsOf(texts, head.text)];
  const found = x.filter((a, i) => {
    const scores = y.map((b) => dot(a, b));
    return scores.indexOf(Math.max(...scores)) === i;
  });
  return found.length / x.length;
}
