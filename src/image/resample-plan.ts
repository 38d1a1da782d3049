import type { DecodedImage } from './decoded-image.ts';

/** Fraction bits of a coefficient: Pillow's 32 - 8 bits of result - 2 against overflow. Sums stay within int32. */
export const PRECISION_BITS = 22;

/** How each output index along one axis is made from input indices: sum of coefficient x input, then rounded. */
export interface AxisPlan {
  /** The first input index that any output index reads, and how many follow from there. */
  readonly first: number;
  readonly count: number;
  /** `[size, 2]`: the first tap, relative to `first`, and the number of taps: 0 in the padding. */
  readonly bounds: Int32Array<ArrayBuffer>;
  /** `[size, taps]`, fixed point with `PRECISION_BITS`; unused entries are 0. */
  readonly coefficients: Int32Array<ArrayBuffer>;
  readonly taps: number;
  /** The output indices from `left` to `right`, without that, are the image; those before and after it are padding. */
  readonly left: number;
  readonly right: number;
}

/** How an image becomes a square: open_clip's `interpolation`, `resize_mode` and `fill_color`. */
export interface ResizeRule {
  /** Instead of bicubic. */
  readonly interpolation?: 'bilinear';
  /**
   * `longest` fits the longest side and pads the other, `squash` fits both. By default the shortest side is fitted, and
   * the square in the middle is cut out.
   */
  readonly resizeMode?: 'longest' | 'squash';
  /** Of every channel of the padding, before the conversion to RGB: 0 to 255, 0 by default. */
  readonly fillColor?: number;
}

/** The whole of resizing and cropping to `[size, size]`: along x first, rounded to bytes, then along y. */
export interface ResamplePlan {
  readonly size: number;
  readonly columns: AxisPlan;
  readonly rows: AxisPlan;
  /** Whether colours are premultiplied before and divided after. Pillow does not where nothing is resized. */
  readonly multiplyAlpha: boolean;
}

/**
 * open_clip's transform, as torchvision computes the sizes (long side truncated, crop offset rounded half to even) and
 * Pillow the coefficients (in double precision, then 22-bit fixed point). Covers only what a crop keeps.
 */
export function planResample(
  { width, height, mode }: Pick<DecodedImage, 'width' | 'height' | 'mode'>,
  size: number,
  { interpolation, resizeMode }: ResizeRule = {},
): ResamplePlan {
  const resized = (side: number) => resizedSide(side, { width, height }, size, resizeMode);
  const filter = mode === 'nearest' ? nearestTaps : interpolation === 'bilinear' ? bilinearTaps : bicubicTaps;
  const axis = (side: number) => planAxis(side, resized(side), size, filter);
  const resizes = width !== resized(width) || height !== resized(height);
  return { size, columns: axis(width), rows: axis(height), multiplyAlpha: mode === 'rgba' && resizes };
}

/** The length of a side after resizing; `longest` may give 0, see `expectFits`. */
export function resizedSide(
  side: number,
  { width, height }: Pick<DecodedImage, 'width' | 'height'>,
  size: number,
  mode: ResizeRule['resizeMode'],
): number {
  if (mode === 'squash') return size;
  if (mode === 'longest') return roundHalfToEven(side / Math.max(height / size, width / size));
  const short = Math.min(width, height);
  return side === short ? size : Math.trunc((size * side) / short);
}

/** Taps of the output indices `from` to `to`: the first input index of each, and its weights. */
type Filter = (input: number, output: number, from: number, to: number) => Taps[];

export interface Taps {
  readonly start: number;
  readonly weights: readonly number[];
}

function planAxis(input: number, output: number, size: number, filter: Filter): AxisPlan {
  // A crop's offset; padding has its smaller half before the image.
  const from = output < size ? -Math.floor((size - output) / 2) : roundHalfToEven((output - size) / 2);
  const [left, right] = [Math.max(0, -from), Math.min(size, output - from)];
  const passes = input === output ? unchangedTaps : filter; // Pillow skips a pass that keeps the size
  const rows = passes(input, output, from + left, from + right);
  const first = Math.min(...rows.map(({ start }) => start));
  const end = Math.max(...rows.map(({ start, weights }) => start + weights.length));
  const taps = Math.max(...rows.map(({ weights }) => weights.length));
  const coefficients = new Int32Array(size * taps);
  rows.forEach(({ weights }, i) => {
    coefficients.set(weights.map(toFixedPoint), (left + i) * taps);
  });
  const bounds = new Int32Array(2 * size);
  bounds.set(
    rows.flatMap(({ start, weights }) => [start - first, weights.length]),
    2 * left,
  );
  return { first, count: end - first, bounds, coefficients, taps, left, right };
}

function unchangedTaps(_input: number, _output: number, from: number, to: number): Taps[] {
  return range(from, to).map((i) => ({ start: i, weights: [1] }));
}

/** Steps along the centres by repeated addition, as Pillow does, since its rounding errors are part of the result. */
function nearestTaps(input: number, output: number, from: number, to: number): Taps[] {
  const step = input / output;
  const taps: Taps[] = [];
  let centre = step * 0.5;
  for (let i = 0; i < to; i++) {
    if (i >= from) taps.push({ start: Math.trunc(centre), weights: [1] });
    centre += step;
  }
  return taps;
}

/** Of Pillow's bicubic resampling, and of torch's with `antialias`. */
export function bicubicTaps(input: number, output: number, from: number, to: number): Taps[] {
  return antialiased(bicubic, 2, input, output, from, to);
}

function bilinearTaps(input: number, output: number, from: number, to: number): Taps[] {
  return antialiased((distance) => Math.max(0, 1 - Math.abs(distance)), 1, input, output, from, to);
}

/** With antialiasing: the kernel is as wide as the scale when shrinking (Pillow's `precompute_coeffs`). */
function antialiased(
  kernel: (distance: number) => number,
  reach: number,
  input: number,
  output: number,
  from: number,
  to: number,
): Taps[] {
  const scale = input / output;
  const filterScale = Math.max(scale, 1);
  const support = reach * filterScale;
  const perTap = 1 / filterScale;
  return range(from, to).map((i) => {
    const centre = (i + 0.5) * scale;
    const start = Math.max(Math.trunc(centre - support + 0.5), 0);
    const end = Math.min(Math.trunc(centre + support + 0.5), input);
    const raw = range(start, end).map((tap) => kernel((tap - centre + 0.5) * perTap));
    const sum = raw.reduce((total, weight) => total + weight, 0);
    return { start, weights: raw.map((weight) => weight / sum) };
  });
}

/** Keys' cubic convolution kernel (1981) with a = -0.5, in Pillow's order of operations. */
function bicubic(distance: number): number {
  const a = -0.5;
  const x = Math.abs(distance);
  if (x < 1) return ((a + 2) * x - (a + 3)) * x * x + 1;
  if (x < 2) return (((x - 5) * x + 8) * x - 4) * a;
  return 0;
}

function toFixedPoint(weight: number): number {
  return Math.trunc(weight * 2 ** PRECISION_BITS + (weight < 0 ? -0.5 : 0.5));
}

/** Python's `round`. */
function roundHalfToEven(x: number): number {
  const floor = Math.floor(x);
  if (x - floor !== 0.5) return Math.round(x);
  return floor % 2 === 0 ? floor : floor + 1;
}

function range(from: number, to: number): number[] {
  return Array.from({ length: Math.max(0, to - from) }, (_, i) => from + i);
}

/** Plans kept: enough for the image sizes of a usual data set. A plan takes 10 to 100 KB. */
const KEPT = 64;

/** A cache of the last used plans by image size: a plan takes half a millisecond to make, and sizes repeat. */
export class ResamplePlans {
  readonly #plans = new Map<string, ResamplePlan>(); // oldest use first

  constructor(private readonly rule: ResizeRule = {}) {}

  of({ width, height, mode }: DecodedImage, size: number): ResamplePlan {
    const key = `${width} ${height} ${mode} ${size}`;
    const plan = this.#plans.get(key) ?? planResample({ width, height, mode }, size, this.rule);
    this.#plans.delete(key);
    this.#plans.set(key, plan);
    for (const oldest of this.#plans.keys()) {
      if (this.#plans.size <= KEPT) break;
      this.#plans.delete(oldest);
    }
    return plan;
  }
}
