import { checkOptions, expectLength, floats, integerFrom, list, type Shape } from '../arguments.ts';
import { mean } from '../metrics/linear-algebra.ts';
import {
  drawChart,
  FIGURE_WIDTH,
  type Figure,
  heading,
  label,
  MARGIN,
  type Mark,
  straightLine,
} from './chart.ts';
import { number } from './number.ts';
import { quadrantValues } from './quadrants.ts';
import { rasterUri } from './raster.ts';
import { sampleText } from './sample.ts';
import { colour } from './theme.ts';
import { shorten } from './wrap-text.ts';

export interface HeatmapInput {
  /** `[2n, 2n]`, row-major: cosines of n images and then of their n texts. */
  readonly cosines: Float32Array;
  /** n labels each, shown if there is room. */
  readonly imageLabels: readonly string[];
  readonly textLabels: readonly string[];
  /** Number of all pairs, of which the matrix may be a sample. */
  readonly pairsInAll: number;
}

const LABEL_SIZE = 11;
/** Rows lower than this have no label, since letters would touch. */
const MIN_LABELLED_ROW = 12;
const LABEL_WIDTH = 152;
const GROUP_WIDTH = 18;
const HEAD_ROW = 17;
const BAR_HEIGHT = 10;
const TICKS = 5;

interface Box {
  readonly left: number;
  readonly top: number;
  readonly side: number;
}

const INPUT: Shape<HeatmapInput> = {
  cosines: floats,
  imageLabels: list,
  textLabels: list,
  pairsInAll: integerFrom(1),
};

/**
 * The cosine matrix of all images, then all texts, with its quadrants marked and labelled.
 * @throws {InvalidOptionError} @throws {UnknownOptionError}
 */
export function cosineHeatmap(input: HeatmapInput): Figure {
  checkOptions('cosineHeatmap', 'input', input, INPUT, [
    'cosines',
    'imageLabels',
    'textLabels',
    'pairsInAll',
  ]);
  const pairs = input.imageLabels.length;
  expectLength('textLabels', input.textLabels, pairs);
  expectLength('cosines', input.cosines, (2 * pairs) ** 2);
  const values = quadrantValues(input.cosines, pairs);
  const means: Means = {
    imageImage: mean(values.imageImage),
    imageText: meanOfBoth(values.matched, values.mismatched),
    textText: mean(values.textText),
  };
  const title = heatmapTitle(means);
  const head = heading(title, subtitle(pairs, input.pairsInAll));
  const labelled = (FIGURE_WIDTH - LABEL_WIDTH - 3 * MARGIN - GROUP_WIDTH) / (2 * pairs) >= MIN_LABELLED_ROW;
  const left = MARGIN + GROUP_WIDTH + (labelled ? LABEL_WIDTH : 0);
  const top = head.bottom + 6 + HEAD_ROW + (labelled ? HEAD_ROW : 0);
  const box = { left, top, side: FIGURE_WIDTH - left - MARGIN };
  const foot = top + box.side + (labelled ? HEAD_ROW : 0);
  const range = extremes(input.cosines);
  const bar = foot + HEAD_ROW + 8;
  return drawChart(title, bar + BAR_HEIGHT + 22, {
    graphic: [
      ...head.marks,
      raster(input.cosines, 2 * pairs, box, range),
      ...cross(box),
      ...quadrantLabels(means, box, labelled),
      ...groupLabels(box),
      ...(labelled ? rowLabels(input, box) : []),
      ...colourBar(range, box, bar),
    ],
  });
}

interface Means {
  readonly imageImage: number;
  readonly imageText: number;
  readonly textText: number;
}

function meanOfBoth(a: Float64Array, b: Float64Array): number {
  const sum = (values: Float64Array) => (values.length > 0 ? mean(values) * values.length : 0);
  return (sum(a) + sum(b)) / (a.length + b.length);
}

function heatmapTitle(means: Means): string {
  const name: Record<keyof Means, string> = {
    imageImage: 'image–image',
    imageText: 'image–text',
    textText: 'text–text',
  };
  const order = (Object.keys(name) as (keyof Means)[])
    .filter((key) => Number.isFinite(means[key]))
    .sort((a, b) => means[b] - means[a]);
  const [first, ...others] = order.map((key) => `${name[key]} ${number(means[key])}`);
  return `Mean cosine: ${first} is the brightest${others.length > 0 ? `, then ${others.join(', ')}` : ''}`;
}

function subtitle(pairs: number, inAll: number): string {
  return `Cosine similarity of all images, then all texts: ${sampleText(pairs, inAll, inAll === 1 ? 'pair' : 'pairs')}`;
}

function extremes(values: Float32Array): [number, number] {
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const value of values) {
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  return [low, high];
}

function raster(
  cosines: Float32Array,
  rows: number,
  { left, top, side }: Box,
  range: [number, number],
): Mark {
  const image = rasterUri(cosines, rows, rows, range);
  return { type: 'image', silent: true, style: { image, x: left, y: top, width: side, height: side } };
}

function cross({ left, top, side }: Box): Mark[] {
  const [x, y] = [left + side / 2, top + side / 2];
  return [
    straightLine(x, top - 4, x, top + side + 4, colour('paper'), 2),
    straightLine(left - 4, y, left + side + 4, y, colour('paper'), 2),
  ];
}

/** Names each quadrant at its outer edge, so that no cell is covered. */
function quadrantLabels(means: Means, { left, top, side }: Box, labelled: boolean): Mark[] {
  const gap = HEAD_ROW / 2 + (labelled ? HEAD_ROW : 0);
  const at = (name: string, value: number, x: number, y: number) =>
    label(`${name}${Number.isFinite(value) ? ` ${number(value)}` : ''}`, left + side * x, y, {
      align: 'center',
      bold: true,
    });
  return [
    at('image–image', means.imageImage, 0.25, top - gap),
    at('image–text', means.imageText, 0.75, top - gap),
    at('text–image', means.imageText, 0.25, top + side + gap),
    at('text–text', means.textText, 0.75, top + side + gap),
  ];
}

function groupLabels({ top, side }: Box): Mark[] {
  const at = (text: string, part: number) =>
    label(text, MARGIN + 6, top + side * part, {
      align: 'center',
      fill: colour('muted'),
      rotation: Math.PI / 2,
    });
  return [at('images', 0.25), at('texts', 0.75)];
}

/** Labels at the left, and their numbers above and below. */
function rowLabels({ imageLabels, textLabels }: HeatmapInput, { left, top, side }: Box): Mark[] {
  const rows = imageLabels.length + textLabels.length;
  return [...imageLabels, ...textLabels].flatMap((text, i) => {
    const place = `${(i % imageLabels.length) + 1}`;
    const middle = ((i + 0.5) * side) / rows;
    const name = shorten(`${place} ${text}`, LABEL_WIDTH - 8, LABEL_SIZE);
    const small = { size: LABEL_SIZE, fill: colour('muted'), align: 'center' as const };
    return [
      label(name, left - 5, top + middle, { size: LABEL_SIZE, align: 'right' }),
      label(place, left + middle, top - HEAD_ROW / 2, small),
      label(place, left + middle, top + side + HEAD_ROW / 2, small),
    ];
  });
}

function colourBar([low, high]: [number, number], { left, side }: Box, y: number): Mark[] {
  const steps = Float32Array.from({ length: 64 }, (_, i) => i);
  const image = rasterUri(steps, 1, 64, [0, 63]);
  const ticks = Array.from({ length: TICKS }, (_, i) => i / (TICKS - 1));
  return [
    { type: 'image', silent: true, style: { image, x: left, y, width: side, height: BAR_HEIGHT } },
    ...ticks.map((t) =>
      label(number(low + (high - low) * t), left + side * t, y + BAR_HEIGHT + 9, {
        size: LABEL_SIZE,
        fill: colour('muted'),
        align: t === 0 ? 'left' : t === 1 ? 'right' : 'center',
      }),
    ),
  ];
}
