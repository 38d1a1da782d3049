import { anything, boolean, checkOptions, list, oneOf, type Shape } from '../arguments.ts';
import {
  drawChart,
  FIGURE_WIDTH,
  type Figure,
  font,
  heading,
  label,
  legend,
  MARGIN,
  type TitleOption,
} from './chart.ts';
import { number } from './number.ts';
import { colour, HUES } from './theme.ts';

/** One closing of a front. */
export interface FrontPoint {
  /** Its name, as in `ClosingMethod`. */
  readonly method: string;
  /** Of methods that have one. */
  readonly strength?: number;
  /** Of a head: CLIP's logit scale, and the weight that holds it to the identity. */
  readonly scale?: number;
  /** Of a head: the weight that holds it to the identity. */
  readonly identity?: number;
  /** Mean average precision over images and texts together. */
  readonly precision: number;
  /** Zero-shot accuracy, or recall@10. */
  readonly kept: number;
}

/** What closings reach, and what they keep. */
export interface ClosingFrontInput extends TitleOption {
  /** What `kept` of each point is. */
  readonly kept: 'zero-shot accuracy' | 'recall@10';
  /** One for each way to hold pairs out. */
  readonly panels: readonly {
    readonly of: 'captions' | 'groups';
    readonly points: readonly FrontPoint[];
  }[];
}

const INPUT: Shape<ClosingFrontInput> = {
  kept: oneOf('zero-shot accuracy', 'recall@10'),
  panels: list,
  title: boolean,
};
const PANEL: Shape<ClosingFrontInput['panels'][number]> = { of: oneOf('captions', 'groups'), points: list };
const POINT: Shape<FrontPoint> = {
  method: anything,
  strength: anything,
  scale: anything,
  identity: anything,
  precision: { words: 'a number', holds: Number.isFinite },
  kept: { words: 'a number', holds: Number.isFinite },
};

const PANEL_HEIGHT = 230;
const PANEL_HEAD = 24;
const AXIS = 38;
const LEFT = 54;
/** What a closing may lose against centring and still count as kept. */
const TOLERANCE = 0.01;
const STAR = 'path://M10 0 L12.9 6.6 L20 7.3 L14.6 12 L16.2 19 L10 15.3 L3.8 19 L5.4 12 L0 7.3 L7.1 6.6 Z';

/** How the members of a family are drawn. */
interface Family {
  readonly name: string;
  readonly colour: string;
  readonly symbol: string;
  readonly line: boolean;
  readonly has: (point: FrontPoint) => boolean;
  /** What tells one of the family from the others. */
  readonly step: (point: FrontPoint) => string;
}

const strengthOf = ({ strength }: FrontPoint) => (strength === undefined ? '' : String(strength));
const scaleOf = ({ scale }: FrontPoint) => (scale === undefined ? '' : String(scale));
const family = (name: string, method: string, hue: string, symbol = 'circle', line = true): Family => ({
  ...{ name, colour: hue, symbol, line, step: strengthOf },
  has: (point) => point.method === method,
});
const isHead = ({ method }: FrontPoint) => method === 'head';

const FAMILIES: readonly Family[] = [
  family('means: share of the gap vector', 'shift', colour('link')),
  family('centring', 'center', colour('ink'), 'diamond', false),
  family('transport by strength', 'transport', HUES[4] ?? ''),
  family('reciprocal by strength', 'reciprocal', HUES[0] ?? ''),
  family('local by strength', 'local', HUES[9] ?? ''),
  family('CCA', 'cca', HUES[8] ?? '', 'triangle', false),
  {
    ...{ name: 'heads held to the identity', colour: HUES[2] ?? '', symbol: STAR, line: false },
    has: (point) => isHead(point) && point.identity !== 0,
    step: scaleOf,
  },
  {
    ...{ name: 'free heads by logit scale', colour: HUES[1] ?? '', symbol: STAR, line: true },
    has: (point) => isHead(point) && point.identity === 0,
    step: scaleOf,
  },
];

/**
 * How far closings bring images and texts of a class together, against what they cost: one panel for new captions of
 * what the fit has seen, one for groups that it has not, on the same axes.
 * @throws {InvalidOptionError} @throws {UnknownOptionError}
 */
export function closingFront(input: ClosingFrontInput): Figure {
  checkOptions<ClosingFrontInput>('closingFront', 'input', input, INPUT, ['kept', 'panels']);
  for (const [i, panel] of input.panels.entries()) {
    checkOptions('closingFront', `panels[${i}]`, panel, PANEL, ['of', 'points']);
    for (const [j, point] of panel.points.entries()) {
      checkOptions('closingFront', `panels[${i}].points[${j}]`, point, POINT, [
        'method',
        'precision',
        'kept',
      ]);
    }
  }
  const all = input.panels.flatMap(({ points }) => points);
  const title = frontTitle(input);
  const head = heading(
    title,
    `Upwards: ${input.kept}; to the right: mean average precision over images and texts together. Numbers are strengths and logit scales; from one tick to the next the error halves.`,
    input.title,
  );
  const families = FAMILIES.filter(({ has }) => all.some(has));
  const [x, y] = [errorRange(all.map((p) => p.precision)), errorRange(all.map((p) => p.kept))];
  const tops = input.panels.map(
    (_, i) => head.bottom + 8 + PANEL_HEAD + i * (PANEL_HEAD + PANEL_HEIGHT + AXIS),
  );
  const below = (tops.at(-1) ?? head.bottom) + PANEL_HEIGHT + AXIS + 4;
  const names = legend(families, below, 2);
  return drawChart(head, names.bottom + MARGIN, {
    graphic: [
      ...head.marks,
      ...input.panels.map(({ of }, i) =>
        label(PANEL_NAMES[of], MARGIN, (tops[i] ?? 0) - PANEL_HEAD / 2, { size: 12, bold: true }),
      ),
      ...names.marks,
    ],
    grid: tops.map((top) => ({ left: LEFT, top, width: FIGURE_WIDTH - LEFT - MARGIN, height: PANEL_HEIGHT })),
    xAxis: tops.map((_, i) => axis(i, x, 'mean average precision', 22)),
    yAxis: tops.map((_, i) => axis(i, y, input.kept, 38)),
    series: input.panels.flatMap(({ points }, i) => families.map((one) => series(one, points, i))),
  });
}

const PANEL_NAMES = {
  captions: 'New captions of what the fit has seen',
  groups: 'New subjects, which the fit has not seen',
} as const;

/** The furthest to the right of those that keep what centring keeps, in the hardest panel. */
function frontTitle({ kept, panels }: ClosingFrontInput): string {
  const panel = panels.at(-1);
  const centring = panel?.points.find(({ method }) => method === 'center');
  const where = panel?.of === 'groups' ? 'On new subjects' : 'On new captions';
  if (!panel || !centring) return `What closing the gap brings, and what it costs in ${kept}`;
  const keeping = panel.points.filter((point) => point.kept >= centring.kept - TOLERANCE);
  const best = keeping.reduce((a, b) => (b.precision > a.precision ? b : a), centring);
  const from = `centring ${number(centring.precision, 3)}`;
  if (best === centring) return `${where}, nothing brings more than ${from} for at most a point of ${kept}`;
  const named = `${nameOf(best)} brings most for at most a point of ${kept}`;
  return `${where}, ${named}: mean average precision ${number(best.precision, 3)}, ${from}`;
}

function nameOf({ method, strength, scale }: FrontPoint): string {
  const step = scale === undefined ? strength : `scale ${scale}`;
  return `${method === 'head' ? 'a head' : method}${step === undefined ? '' : ` at ${step}`}`;
}

/** Errors 1 - value, since what counts near 1 is which share of the error is left. None is 0, which has no logarithm. */
function errorRange(values: readonly number[]): [number, number] {
  const errors = values.map(errorOf);
  const [low, high] = [Math.log2(Math.min(...errors)), Math.log2(Math.max(...errors))];
  const edge = Math.max((high - low) * 0.08, 0.05);
  return [2 ** (low - edge), 2 ** (high + edge)];
}

const LEAST_ERROR = 0.001;
const errorOf = (value: number) => Math.max(1 - value, LEAST_ERROR);

function axis(gridIndex: number, [min, max]: readonly [number, number], name: string, nameGap: number) {
  return {
    ...{ type: 'log', logBase: 2, inverse: true, gridIndex, min, max, name, nameGap, nameLocation: 'middle' },
    axisLine: { show: true, lineStyle: { color: colour('rule') } },
    axisTick: { show: true, lineStyle: { color: colour('rule') } },
    splitLine: { show: true, lineStyle: { color: colour('rule'), opacity: 0.4 } },
    axisLabel: {
      ...{ showMinLabel: false, showMaxLabel: false, color: colour('muted') },
      formatter: (error: number) => number(1 - error, 3),
      ...font(11),
    },
    nameTextStyle: { color: colour('muted'), ...font(11) },
  };
}

function series(
  { colour: own, symbol, line, has, step }: Family,
  points: readonly FrontPoint[],
  index: number,
) {
  const members = points.filter(has);
  return {
    ...{ type: line ? 'line' : 'scatter', xAxisIndex: index, yAxisIndex: index, silent: true },
    ...{ symbol, symbolSize: symbol === STAR ? 11 : symbol === 'circle' ? 6 : 10, showAllSymbol: true },
    lineStyle: { color: own, width: 1.8, type: symbol === STAR ? 'dashed' : 'solid' },
    itemStyle: { color: own },
    data: members.map((point, i) => ({
      value: [errorOf(point.precision), errorOf(point.kept)],
      label: {
        show: line && (symbol === STAR || i === members.length - 1),
        ...{
          formatter: step(point),
          position: symbol === STAR ? 'bottom' : 'right',
          distance: 4,
          color: own,
        },
        ...font(10),
      },
    })),
  };
}
