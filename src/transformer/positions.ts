import { bicubicTaps, type Taps } from '../image/resample-plan.ts';

/**
 * Positions of a class token and a grid `[1 + from^2, C]` for another grid, `[1 + to^2, C]`: bicubic with antialiasing, as
 * open_clip's `resize_pos_embed` and timm's `resample_abs_pos_embed` ask of torch's `interpolate`. The class token's stays.
 * @param before tokens before the patches' own: none where there is no class token
 */
export function resizeGrid(
  values: Float32Array,
  from: number,
  to: number,
  before = 1,
): Float32Array<ArrayBuffer> {
  const width = values.length / (before + from * from);
  const taps = bicubicTaps(from, to, 0, to);
  const grid = values.subarray(before * width);
  const wide = along(grid, from, taps, width); // [from, to, C]
  const out = new Float32Array((before + to * to) * width);
  out.set(values.subarray(0, before * width));
  out.set(along(wide, 1, taps, to * width), before * width); // rows of the grid are its slow axis
  return out;
}

/** Positions `[from, C]` of a text for another context, `[to, C]`: linear, as open_clip's `resize_text_pos_embed`. */
export function resizeLine(values: Float32Array, from: number, to: number): Float32Array<ArrayBuffer> {
  const taps = Array.from({ length: to }, (_, i): Taps => {
    const at = Math.max(0, ((i + 0.5) * from) / to - 0.5);
    const start = Math.min(Math.floor(at), from - 1);
    return start === from - 1 ? { start, weights: [1] } : { start, weights: [1 - (at - start), at - start] };
  });
  return along(values, 1, taps, values.length / from);
}

/** The middle axis of `[outer, inputs, inner]` resampled by the taps of each output, in double precision. */
function along(
  x: Float32Array,
  outer: number,
  taps: readonly Taps[],
  inner: number,
): Float32Array<ArrayBuffer> {
  const inputs = x.length / (outer * inner);
  const y = new Float32Array(outer * taps.length * inner);
  for (let o = 0; o < outer; o++) {
    for (const [i, { start, weights }] of taps.entries()) {
      for (let c = 0; c < inner; c++) {
        const sum = weights.reduce((s, w, t) => s + w * (x[(o * inputs + start + t) * inner + c] ?? 0), 0);
        y[(o * taps.length + i) * inner + c] = sum;
      }
    }
  }
  return y;
}
