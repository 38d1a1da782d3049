import { layerTensors } from './tensor-names.ts';

/**
 * How a seeded tensor is filled. With x normal, element [r, c] is `(mean + std x) * rows[r] * columns[c]`, plus
 * what `shifts` says: c is the last axis, r all others together.
 */
export interface Recipe {
  readonly mean?: number;
  readonly std: number;
  readonly rows?: Float64Array;
  readonly columns?: Float64Array;
  /** Added in every row, by column. */
  readonly shifts?: ReadonlyMap<number, number>;
}

// The scales below are chosen so that an engine's mistakes show in the embeddings:
// - The embeddings enter the first LayerNorm with a variance near 1e-5: a wrong eps changes it by percents.
// - Block 0 then puts 400 into a channel, and -300 and -100 into two more (their sum is 0). A variance summed up
//   in f16 overflows there. The norms' weights undo such scales, as trained ones do.
// - q and k have a standard deviation of 1.6, hence q.k / 8 one of 2.5: softmax is neither flat nor one-hot, and
//   a wrong scale, mask or head split moves it.
// - The MLPs work around -2.5, where the tanh approximation of GELU differs from erf's by percents of the
//   result's spread (around 0 by 0.02 %).
// - Where a mean of tokens is read, the last block takes these out again: they would make all tokens equally long, and the
//   side of the mean on which LayerNorm stands would not show.
// - Two blocks of attention and MLP add about as much as they find, so that [CLS], which starts the same for all
//   inputs, ends as different as they are. Twelve add as much together: with more, rounding errors grow from
//   block to block, or all tokens become one.
export const EMBEDDING = 0.003;
const BIG = [400, -300, -100];
export const WIDE = 20;
export const STEADY = 10;
export const QK = 1.6;
export const GELU_CENTRE = -2.5;
export const GELU_SPREAD = 0.5;
/** Standard deviation of gelu(x) for x around GELU_CENTRE with GELU_SPREAD. */
const GELU_STD = 0.026;
export const BIAS = 0.2;
/** What attention and MLP with weights of unit scale add to a channel, biases included; by experience. */
export const ATTENTION_GAIN = 0.8;
export const MLP_GAIN = 1.4;

/** The share of every attention and MLP in the residual stream: 1 for two blocks, less for more. */
export function residualScale(depth: number): number {
  return Math.min(1, Math.sqrt(2 / depth));
}

/** The standard deviation of a sum over that many GELUs. */
export function gelus(width: number): number {
  return GELU_STD * Math.sqrt(width);
}

export interface OutlierChannels {
  /** Channels with the values of BIG. */
  readonly big: readonly number[];
  /** The channel with WIDE times the others' spread. */
  readonly wide: number;
  /** The channel with a large constant before the text projection. */
  readonly steady: number;
}

/** Five different channels. */
export function outlierChannels(width: number, key: number): OutlierChannels {
  const step = Math.floor(width / 5);
  const [a = 0, b = 0, c = 0, wide = 0, steady = 0] = Array.from(
    { length: 5 },
    (_, i) => i * step + ((key >>> (6 * i)) % step),
  );
  return { big: [a, b, c], wide, steady };
}

/** Norm weights that bring a stream of one scale to another, channel by channel. */
export function setNorm(
  recipes: Map<string, Recipe>,
  name: string,
  from: Float64Array,
  to: Float64Array,
): void {
  const deviation = Math.sqrt(from.reduce((sum, scale) => sum + scale * scale, 0) / from.length);
  const columns = from.map((scale, c) => (deviation * (to[c] as number)) / scale);
  recipes.set(`${name}.weight`, { mean: 1, std: 0.3, columns });
  recipes.set(`${name}.bias`, { std: BIAS });
}

interface LinearScales extends Pick<Recipe, 'rows' | 'columns'> {
  readonly biasMean?: number;
  readonly biasStd?: number;
  readonly biasShifts?: ReadonlyMap<number, number>;
}

export const geluBias: LinearScales = { biasMean: GELU_CENTRE, biasStd: BIAS };

export function setLinear(
  recipes: Map<string, Recipe>,
  name: string,
  std: number,
  scales: LinearScales,
): void {
  const { weight, bias } = layerTensors(name);
  recipes.set(weight, { std, rows: scales.rows, columns: scales.columns });
  recipes.set(bias, {
    mean: scales.biasMean,
    std: scales.biasStd ?? BIAS,
    shifts: scales.biasShifts,
  });
}

/** Scales of a linear layer that puts the outliers into the stream. */
export function outlierScales(channels: OutlierChannels, width: number, sign = 1): LinearScales {
  const rows = new Float64Array(width).fill(1);
  if (sign > 0) rows[channels.wide] = WIDE;
  return {
    rows,
    biasShifts: new Map(channels.big.map((channel, i) => [channel, sign * (BIG[i] as number)])),
  };
}

export function setOutliers(stream: Float64Array, channels: OutlierChannels): void {
  for (const [i, channel] of channels.big.entries()) stream[channel] = Math.abs(BIG[i] as number);
  stream[channels.wide] = Math.hypot(stream[channels.wide] as number, WIDE);
}

/** Adds something independent of one scale to every channel. */
export function addTo(stream: Float64Array, scale: number): Float64Array {
  for (const [c, before] of stream.entries()) stream[c] = Math.hypot(before, scale);
  return stream;
}

export function scaled(stream: Float64Array, scale: number): Float64Array {
  return stream.map((value) => value * scale);
}
