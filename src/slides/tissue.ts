/** An overview of a slide, each pixel the mean of a square of a level's. */
export interface Overview {
  readonly width: number;
  readonly height: number;
  /** Row-major RGB. */
  readonly rgb: Uint8Array;
  /** How many squares, not all of them whole, the level's width and height are. */
  readonly squares: readonly [across: number, down: number];
}

/** Where tissue is. Sums over rectangles take four look-ups (summed-area table, Crow 1984). */
export interface TissueMask extends Omit<Overview, 'rgb'> {
  /** `[height + 1, width + 1]`: tissue above and left of each corner. */
  readonly sums: Uint32Array;
}

/** What Otsu's threshold is applied to: saturation, or darkness where there are no colours. */
export type TissueMeasure = 'saturation' | 'darkness';

/** Tissue is what lies above Otsu's threshold. Where all is equal there is none. */
export function tissueMask({ rgb, ...overview }: Overview, measure: TissueMeasure): TissueMask {
  const { width, height } = overview;
  const values = measured(rgb, measure);
  const threshold = otsuThreshold(values);
  const sums = new Uint32Array((width + 1) * (height + 1));
  for (let y = 0; y < height; y++) {
    let row = 0;
    for (let x = 0; x < width; x++) {
      row += Number((values[y * width + x] ?? 0) > threshold);
      sums[(y + 1) * (width + 1) + x + 1] = (sums[y * (width + 1) + x + 1] ?? 0) + row;
    }
  }
  return { ...overview, sums };
}

/** S of HSV as OpenCV's 8-bit conversion rounds it, or 255 less the grey. */
function measured(rgb: Uint8Array, measure: TissueMeasure): Uint8Array {
  return Uint8Array.from({ length: rgb.length / 3 }, (_, i) => {
    const [r = 0, g = 0, b = 0] = rgb.subarray(3 * i, 3 * i + 3);
    if (measure === 'darkness') return 255 - r;
    const [least, greatest] = [Math.min(r, g, b), Math.max(r, g, b)];
    return greatest === 0 ? 0 : Math.round((255 * (greatest - least)) / greatest);
  });
}

/**
 * The value that parts bytes in two classes, at or below it and above it, so that the variance between the classes is greatest
 * (Otsu 1979); of several such values the least.
 */
export function otsuThreshold(values: Uint8Array): number {
  const histogram = new Float64Array(256);
  let total = 0;
  for (const value of values) {
    histogram[value] = (histogram[value] ?? 0) + 1;
    total += value;
  }
  let [threshold, best] = [255, 0]; // nothing is above it where all values are equal
  let [below, sum] = [0, 0];
  for (const [value, count] of histogram.entries()) {
    below += count;
    sum += value * count;
    const above = values.length - below;
    if (below === 0 || above === 0) continue;
    const between = below * above * (sum / below - (total - sum) / above) ** 2;
    if (between > best) [threshold, best] = [value, between];
  }
  return threshold;
}

/**
 * Share of tissue in a rectangle, in parts of the whole picture (0 to 1 along each axis): of all squares of the overview that it
 * touches.
 */
export function tissueShare(
  { width, height, squares, sums }: TissueMask,
  [left, top, right, bottom]: readonly [number, number, number, number],
): number {
  const [x0, x1] = touched(left * squares[0], right * squares[0], width);
  const [y0, y1] = touched(top * squares[1], bottom * squares[1], height);
  const at = (x: number, y: number) => sums[y * (width + 1) + x] ?? 0;
  return (at(x1, y1) - at(x0, y1) - at(x1, y0) + at(x0, y0)) / ((x1 - x0) * (y1 - y0));
}

/** The squares from `first` to before `last`, at least one; what rounding puts over an edge does not count. */
function touched(from: number, to: number, size: number): [first: number, last: number] {
  const first = Math.min(Math.floor(from + 1e-6), size - 1);
  return [first, Math.min(Math.max(Math.ceil(to - 1e-6), first + 1), size)];
}
