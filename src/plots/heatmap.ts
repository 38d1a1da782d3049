import {
  boolean,
  checkOptions,
  expectLength,
  floats,
  integerFrom,
  list,
  type Shape,
  text,
} from '../arguments.ts';
import { InvalidOptionError } from '../errors.ts';
import { mean } from '../metrics/linear-algebra.ts';
import {
  drawChart,
  FIGURE_WIDTH,
  type Figure,
  heading,
  label,
  legend,
  MARGIN,
  type Mark,
  straightLine,
  type TitleOption,
} from './chart.ts';
import { number } from './number.ts';
import { byClass, type ColourGroup } from './pair-colours.ts';
import { quadrantValues } from './quadrants.ts';
import { rasterUri } from './raster.ts';
import { sampleText } from './sample.ts';
import { colour } from './theme.ts';
import { shorten } from './wrap-text.ts';

/** Cosines of all images and texts. */
export interface HeatmapInput extends TitleOption {
  /** `[2n, 2n]`, row-major: cosines of n images and then of their n texts. */
  readonly cosines: Float32Array;
  /** n labels each, shown if there is room. */
  readonly imageLabels: readonly string[];
  /** n labels, shown if there is room. */
  readonly textLabels: readonly string[];
  /**
   * n groups, such as labels or clusters: bands at the sides show where each is. Where there are too many rows to name
   * each, pairs are ordered by them, the largest group first. Default: the rows stay as they are.
   */
  readonly groups?: readonly string[];
  /** All groups of the set that the pairs may be a sample of, in the order of their colours. Default: the largest first. */
  readonly groupOrder?: readonly string[];
  /** How the rows are ordered, such as `cluster`, for the subtitle: with it they stay as they are, and bands follow them. */
  readonly orderedBy?: string;
  /** Cosines of the ends of the colours; what lies beyond has the colour of the end. Default: the least and the greatest. */
  readonly range?: readonly [low: number, high: number];
  /** Number of all pairs, of which the matrix may be a sample. */
  readonly pairsInAll: number;
  /** How the gap of the pairs was closed, such as `transport at 0.25`, for the title. Default: they are as embedded. */
  readonly closedBy?: string;
}

const LABEL_SIZE = 11;
/** Rows lower than this have no label, since letters would touch. */
const MIN_LABELLED_ROW = 12;
const LABEL_WIDTH = 152;
const GROUP_WIDTH = 18;
const HEAD_ROW = 17;
const BAR_HEIGHT = 10;
/** Width of the stripes that show groups. */
const BAND = 8;
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
  groups: list,
  groupOrder: list,
  orderedBy: text,
  range: list,
  pairsInAll: integerFrom(1),
  closedBy: text,
  title: boolean,
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
  if (input.groups) expectLength('groups', input.groups, pairs);
  const values = quadrantValues(input.cosines, pairs);
  const means: Means = {
    imageImage: mean(values.imageImage),
    imageText: meanOfBoth(values.matched, values.mismatched),
    textText: mean(values.textText),
  };
  const labelled = (FIGURE_WIDTH - LABEL_WIDTH - 3 * MARGIN - GROUP_WIDTH) / (2 * pairs) >= MIN_LABELLED_ROW;
  const groups = groupsOf(input, labelled);
  const isOrdered = groups.length > 0 && !labelled && input.orderedBy === undefined;
  const title = `${input.closedBy === undefined ? '' : `Closed by ${input.closedBy}: `}${heatmapTitle(means)}`;
  const head = heading(title, subtitle(pairs, input, isOrdered), input.title);
  const band = groups.length > 0 ? BAND + 3 : 0;
  const left = MARGIN + GROUP_WIDTH + (labelled ? LABEL_WIDTH : 0) + band;
  const top = head.bottom + 6 + HEAD_ROW + (labelled ? HEAD_ROW : 0) + band;
  const box = { left, top, side: FIGURE_WIDTH - left - MARGIN };
  const foot = top + box.side + (labelled ? HEAD_ROW : 0);
  const range = input.range ? limits(input.range) : extremes(input.cosines);
  const bar = foot + HEAD_ROW + 8;
  const names = legend(groups.map(withSize), bar + BAR_HEIGHT + 26, 2);
  const bottom = groups.length > 0 ? names.bottom + MARGIN : bar + BAR_HEIGHT + 22;
  const cosines = isOrdered ? ordered(input.cosines, orderOf(groups)) : input.cosines;
  return drawChart(head, bottom, {
    graphic: [
      ...head.marks,
      raster(cosines, 2 * pairs, box, range),
      ...cross(box),
      ...bands(isOrdered ? groups : runs(groups, pairs), box),
      ...names.marks,
      ...quadrantLabels(means, box, labelled ? HEAD_ROW : 0, (labelled ? HEAD_ROW : 0) + band),
      ...groupLabels(box),
      ...(labelled ? rowLabels(input, box, band) : []),
      ...colourBar(range, box, bar),
    ],
  });
}

/** Beside rows that have names, groups of one pair each would say nothing. */
function groupsOf({ groups, groupOrder }: HeatmapInput, labelled: boolean): ColourGroup[] {
  if (!groups || (labelled && new Set(groups).size === groups.length)) return [];
  return byClass(groups, groupOrder);
}

/** The rows of all images, then of all texts, in the order of the groups. */
function orderOf(groups: readonly ColourGroup[]): number[] {
  const pairs = groups.flatMap((group) => group.pairs);
  return [...pairs, ...pairs.map((pair) => pairs.length + pair)];
}

function ordered(cosines: Float32Array, order: readonly number[]): Float32Array {
  const rows = order.length;
  return Float32Array.from(
    cosines,
    (_, at) => cosines[(order[Math.floor(at / rows)] ?? 0) * rows + (order[at % rows] ?? 0)] ?? Number.NaN,
  );
}

/** Neighbouring pairs of one group, where the rows stay as they are. */
function runs(groups: readonly ColourGroup[], pairs: number): ColourGroup[] {
  const groupOf = new Map(groups.flatMap((group) => group.pairs.map((pair) => [pair, group] as const)));
  const found: ColourGroup[] = [];
  for (let pair = 0; pair < pairs; pair++) {
    const group = groupOf.get(pair);
    const last = found.at(-1);
    if (!group) continue;
    if (last?.name === group.name) found[found.length - 1] = { ...last, pairs: [...last.pairs, pair] };
    else found.push({ ...group, pairs: [pair] });
  }
  return found;
}

function limits([low, high]: readonly [number, number]): [number, number] {
  if (!(low < high)) throw new InvalidOptionError('range', 'two numbers, the lower first', [low, high]);
  return [low, high];
}

function withSize({ colour, name, pairs }: ColourGroup) {
  return { colour, name: `${name} (${pairs.length.toLocaleString('en')})` };
}

/** A stripe in each group's colour beside its rows and above its columns, of images and of texts. */
function bands(groups: readonly ColourGroup[], { left, top, side }: Box): Mark[] {
  const half = groups.reduce((sum, { pairs }) => sum + pairs.length, 0);
  let before = 0;
  return groups.flatMap(({ colour, pairs }) => {
    const [start, length] = [(before * side) / (2 * half), (pairs.length * side) / (2 * half)];
    before += pairs.length;
    const stripe = (x: number, y: number, width: number, height: number) => ({
      ...{ type: 'rect', silent: true, shape: { x, y, width, height }, style: { fill: colour } },
    });
    return [0, side / 2].flatMap((offset) => [
      stripe(left - BAND - 3, top + offset + start, BAND, length),
      stripe(left + offset + start, top - BAND - 3, length, BAND),
    ]);
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

function subtitle(pairs: number, { pairsInAll: inAll, orderedBy }: HeatmapInput, grouped: boolean): string {
  const shown = sampleText(pairs, inAll, inAll === 1 ? 'pair' : 'pairs');
  if (orderedBy !== undefined)
    return `Cosine similarity of all images, then all texts: ${shown}, ordered by ${orderedBy}.`;
  const order = grouped ? ', ordered by group: the bands at the sides show which' : '';
  return `Cosine similarity of all images, then all texts: ${shown}${order}.`;
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
function quadrantLabels(means: Means, { left, top, side }: Box, below: number, above: number): Mark[] {
  const gap = HEAD_ROW / 2;
  const at = (name: string, value: number, x: number, y: number) =>
    label(`${name}${Number.isFinite(value) ? ` ${number(value)}` : ''}`, left + side * x, y, {
      align: 'center',
      bold: true,
    });
  return [
    at('image–image', means.imageImage, 0.25, top - gap - above),
    at('image–text', means.imageText, 0.75, top - gap - above),
    at('text–image', means.imageText, 0.25, top + side + gap + below),
    at('text–text', means.textText, 0.75, top + side + gap + below),
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

/** Labels at the left, and their numbers above and below, beside the bands. */
function rowLabels(
  { imageLabels, textLabels }: HeatmapInput,
  { left, top, side }: Box,
  band: number,
): Mark[] {
  const rows = imageLabels.length + textLabels.length;
  return [...imageLabels, ...textLabels].flatMap((text, i) => {
    const place = `${(i % imageLabels.length) + 1}`;
    const middle = ((i + 0.5) * side) / rows;
    const name = shorten(`${place} ${text}`, LABEL_WIDTH - 8, LABEL_SIZE);
    const small = { size: LABEL_SIZE, fill: colour('muted'), align: 'center' as const };
    return [
      label(name, left - band - 5, top + middle, { size: LABEL_SIZE, align: 'right' }),
      label(place, left + middle, top - band - HEAD_ROW / 2, small),
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
