import { aNumber, boolean, checkOptions, list, type Shape } from '../arguments.ts';
import {
  drawChart,
  FIGURE_WIDTH,
  type Figure,
  font,
  heading,
  legend,
  MARGIN,
  type TitleOption,
} from './chart.ts';
import { number } from './number.ts';
import { colour, HUES } from './theme.ts';

/** A head trained at one logit scale, judged on held-out pairs. */
export interface TemperaturePoint {
  /** CLIP's logit scale, 1 / temperature. */
  readonly scale: number;
  /** On held-out pairs, from 0 to 1. */
  readonly distributionGap: number;
  /** What so many pairs have by chance. */
  readonly floor?: number;
}

/** Heads trained at several logit scales. */
export interface TemperatureSweepInput extends TitleOption {
  /** At the same scales, those without groups left out. */
  readonly captions: readonly TemperaturePoint[];
  /** At the same scales, whole groups left out; undefined without groups. */
  readonly groups?: readonly TemperaturePoint[];
  /** The distribution gap of the rows as the model makes them. */
  readonly before: number;
}

const INPUT: Shape<TemperatureSweepInput> = { captions: list, groups: list, before: aNumber, title: boolean };
const POINT: Shape<TemperaturePoint> = { scale: aNumber, distributionGap: aNumber, floor: aNumber };

const HEIGHT = 220;
const LEFT = 46;
const AXIS = 40;

/**
 * The distribution gap that the same loss leaves, by the logit scale that it is trained at: the temperature closes the
 * gap. The band is what so many pairs have by chance.
 * @throws {InvalidOptionError} @throws {UnknownOptionError}
 */
export function temperatureSweep(input: TemperatureSweepInput): Figure {
  checkOptions('temperatureSweep', 'input', input, INPUT, ['captions', 'before']);
  const lines = [
    { name: 'new captions', colour: HUES[0] ?? '', points: input.captions },
    ...(input.groups ? [{ name: 'new subjects', colour: HUES[1] ?? '', points: input.groups }] : []),
  ].map((line) => ({ ...line, points: falling(line.name, line.points) }));
  const scales = lines[0]?.points.map(({ scale }) => String(scale)) ?? [];
  const title = sweepTitle(lines[0]?.points ?? []);
  const head = heading(
    title,
    'Linear heads trained with CLIP’s loss at a fixed logit scale, judged on held-out pairs. A gap of 0 means clouds of one shape, 1 clouds that share nothing.',
    input.title,
  );
  const top = head.bottom + 10;
  const floors = (lines[0]?.points ?? []).map(({ floor }) => floor ?? 0);
  const entries = [
    ...lines,
    { name: 'before', colour: colour('muted') },
    { name: 'by chance', colour: colour('link') },
  ];
  const names = legend(entries, top + HEIGHT + AXIS, 2);
  return drawChart(head, names.bottom + MARGIN, {
    graphic: [...head.marks, ...names.marks],
    grid: { left: LEFT, top, width: FIGURE_WIDTH - LEFT - MARGIN, height: HEIGHT },
    xAxis: {
      ...{ type: 'category', data: scales, name: 'logit scale of the loss', nameGap: 24, boundaryGap: true },
      ...axisStyle(),
    },
    yAxis: { ...{ type: 'value', min: 0, name: 'distribution gap', nameGap: 32 }, ...axisStyle() },
    series: [
      {
        ...{ type: 'line', silent: true, symbol: 'none', data: floors, lineStyle: { width: 0 } },
        areaStyle: { color: colour('link'), opacity: 0.45 },
      },
      {
        ...{ type: 'line', silent: true, symbol: 'none', data: scales.map(() => input.before) },
        lineStyle: { color: colour('muted'), width: 1.5, type: 'dashed' },
      },
      ...lines.map((line, i) => gapSeries(line, i)),
    ],
  });
}

/** From the largest scale on. */
function falling(name: string, points: readonly TemperaturePoint[]): TemperaturePoint[] {
  for (const [i, point] of points.entries()) {
    checkOptions('temperatureSweep', `${name}[${i}]`, point, POINT, ['scale', 'distributionGap']);
  }
  return [...points].sort((a, b) => b.scale - a.scale);
}

function sweepTitle(points: readonly TemperaturePoint[]): string {
  const [first, last] = [points[0], points.at(-1)];
  if (!first || !last || first === last) return 'The distribution gap by the logit scale of the loss';
  const figures = `${number(first.distributionGap, 3)} at ${first.scale}, ${number(last.distributionGap, 3)} at ${last.scale}`;
  const chance = last.floor === undefined ? '' : `, by chance ${number(last.floor, 3)}`;
  const smaller = last.distributionGap < first.distributionGap;
  const verdict = smaller
    ? 'A lower logit scale leaves a smaller gap'
    : 'A lower logit scale leaves no smaller gap';
  return `${verdict}: ${figures}${chance}`;
}

function gapSeries(
  { colour: own, points }: { readonly colour: string; readonly points: readonly TemperaturePoint[] },
  index: number,
) {
  return {
    ...{ type: 'line', silent: true, symbol: index === 0 ? 'circle' : 'rect', symbolSize: 7 },
    ...{ lineStyle: { color: own, width: 2 }, itemStyle: { color: own } },
    data: points.map(({ distributionGap }) => ({
      value: distributionGap,
      label: {
        show: true,
        formatter: number(distributionGap, 3),
        ...(index === 0 && !nearAxis(distributionGap, points) ? BELOW : ABOVE),
        color: own,
        ...font(10),
      },
    })),
  };
}

/** Beside the line, which falls to the right. */
const BELOW = { position: 'bottom', distance: 5, offset: [-14, 0] };
const ABOVE = { position: 'top', distance: 5 };

/** Below so low a point there is no room for its number. */
function nearAxis(value: number, points: readonly TemperaturePoint[]): boolean {
  return value < 0.1 * Math.max(...points.map(({ distributionGap }) => distributionGap));
}

function axisStyle() {
  return {
    nameLocation: 'middle',
    axisLine: { show: true, lineStyle: { color: colour('rule') } },
    axisTick: { show: true, lineStyle: { color: colour('rule') } },
    splitLine: { show: false },
    axisLabel: { color: colour('muted'), ...font(11) },
    nameTextStyle: { color: colour('muted'), ...font(11) },
  };
}
