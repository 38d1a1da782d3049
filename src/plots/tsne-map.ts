import {
  aNumber,
  boolean,
  checkOptions,
  expectLength,
  floats,
  list,
  numberArray,
  type Shape,
  text,
} from '../arguments.ts';
import {
  drawChart,
  FIGURE_WIDTH,
  type Figure,
  heading,
  label,
  legend,
  MARGIN,
  type Mark,
  type TitleOption,
} from './chart.ts';
import { type Axes, type Box, equalAxes, place, pointOf } from './map-axes.ts';
import { type MapNeighbours, nearestInMap } from './nearest-in-map.ts';
import { number } from './number.ts';
import { type ColourGroup, pairColours } from './pair-colours.ts';
import { placeLabels } from './place-labels.ts';
import { evenSample, sampleText } from './sample.ts';
import { colour } from './theme.ts';
import { textWidth } from './wrap-text.ts';

/** A map of images and texts, with what is told about it. */
export interface TsneMapInput extends TitleOption {
  /** `[2n, 2]`: the map of n images, then their n texts. */
  readonly points: Float32Array;
  /** n names of pairs. */
  readonly names: readonly string[];
  /** n Euclidean distances between image and text. */
  readonly distances: ArrayLike<number>;
  /** n classes, where they are known: they give the colours, in hues that colour-blind readers tell apart. */
  readonly classes?: readonly string[];
  /** As in `TsneOptions`. */
  readonly perplexity: number;
  /** As in `TsneResult`. */
  readonly klDivergence: number;
  /** How the gap of the points was closed, such as `transport at 0.25`, for the title. */
  readonly closedBy?: string;
}

/** The most pairs drawn; with more, the last would hide the others. */
const MAX_DRAWN = 2_500;
/** The most links drawn; more would hide the points. */
const MAX_LINKS = 250;
/** From this share on modalities count as separate, up to the other as mixed; chance is a half. */
const SEPARATE = 0.75;
const MIXED = 0.6;
/** Size of markers with their own hue. */
const OWN_SIZE = 11;
const NUMBER_SIZE = 11;

const INPUT: Shape<TsneMapInput> = {
  points: floats,
  names: list,
  distances: numberArray,
  classes: list,
  perplexity: aNumber,
  klDivergence: aNumber,
  closedBy: text,
  title: boolean,
};

/**
 * A t-SNE map of images and texts: pairs share a colour and are linked.
 * @throws {InvalidOptionError} @throws {UnknownOptionError}
 */
export function tsneMap(input: TsneMapInput): Figure {
  checkOptions('tsneMap', 'input', input, INPUT, [
    ...(['points', 'names', 'distances', 'perplexity', 'klDivergence'] as const),
  ]);
  const pairs = input.names.length;
  expectLength('points', input.points, 4 * pairs);
  expectLength('distances', input.distances, pairs);
  if (input.classes) expectLength('classes', input.classes, pairs);
  const neighbours = nearestInMap(input.points, pairs);
  const drawn = evenSample(pairs, MAX_DRAWN);
  const links = evenSample(drawn.length, MAX_LINKS).map((i) => drawn[i] ?? i);
  const { by, groups } = pairColours(input.names, input.distances, input.classes);
  const title = `${input.closedBy === undefined ? '' : `Closed by ${input.closedBy}: `}${tsneTitle(neighbours)}`;
  const head = heading(title, subtitle(input, by, drawn.length, links.length, neighbours), input.title);
  const side = FIGURE_WIDTH - 2 * MARGIN;
  const top = head.bottom + 8;
  const axes = equalAxes(input.points);
  const height = side * axes.aspect;
  const box = { left: MARGIN, right: MARGIN + side, top, bottom: top + height };
  const names = legend(groups, top + height + 8, by === 'distance' ? 3 : 2);
  return drawChart(head, names.bottom + MARGIN, {
    graphic: [...head.marks, ...names.marks, ...(by === 'pair' ? numbers(input.points, axes, box) : [])],
    grid: {
      left: MARGIN,
      top,
      width: side,
      height,
      show: true,
      borderColor: colour('rule'),
      borderWidth: 1,
    },
    xAxis: axes.x,
    yAxis: axes.y,
    series: [
      ...linkSeries(input.points, links, by === 'pair' ? groups : undefined),
      ...markerSeries(input.points, groups, drawn, by === 'pair'),
    ],
  });
}

function tsneTitle({ sameModality }: MapNeighbours): string {
  const share = `${Math.round(sameModality * 100)} % of nearest neighbours are of the same modality`;
  const verb = sameModality >= SEPARATE ? 'separates' : sameModality > MIXED ? 'partly separates' : 'mixes';
  return `t-SNE ${verb} the modalities: ${share}`;
}

function subtitle(
  { names, perplexity, klDivergence }: TsneMapInput,
  by: 'pair' | 'class' | 'distance',
  drawn: number,
  links: number,
  { ownPartner }: MapNeighbours,
): string {
  const coloured = { pair: 'pair', class: 'label', distance: 'the distance within the pair' }[by];
  return [
    `${sampleText(drawn, names.length, 'pairs')}. Filled circles are images, hollow squares are texts, coloured by ${coloured}.`,
    links < names.length
      ? `Lines join the image and the text of ${links} pairs.`
      : 'Lines join the image and the text of a pair.',
    `The nearest neighbour is the other half of the pair for ${Math.round(ownPartner * 100)} % of points.`,
    `Perplexity ${number(perplexity, Number.isInteger(perplexity) ? 0 : 1)}, KL divergence ${number(klDivergence, 3)}.`,
  ].join(' ');
}

function linkSeries(points: Float32Array, links: readonly number[], ownColours?: readonly ColourGroup[]) {
  const count = points.length / 4;
  const opacity = links.length > 60 ? 0.3 : 0.7;
  return [
    {
      type: 'lines',
      coordinateSystem: 'cartesian2d',
      silent: true,
      data: links.map((pair) => ({
        coords: [pointOf(points, pair), pointOf(points, count + pair)],
        lineStyle: {
          color: ownColours?.[pair]?.colour ?? colour('link'),
          width: ownColours ? 1.2 : 0.7,
          opacity,
        },
      })),
    },
  ];
}

function markerSeries(
  points: Float32Array,
  groups: readonly ColourGroup[],
  drawn: readonly number[],
  numbered: boolean,
) {
  const count = points.length / 4;
  const kept = new Set(drawn);
  const size = numbered ? OWN_SIZE : Math.max(3.5, Math.min(9, 160 / Math.sqrt(2 * drawn.length)));
  return groups.flatMap(({ colour: own, pairs }) => {
    const shown = pairs.filter((pair) => kept.has(pair));
    const marker = (kind: 'image' | 'text') => ({
      type: 'scatter',
      silent: true,
      large: drawn.length > 500,
      largeThreshold: 1,
      symbol: kind === 'image' ? 'circle' : 'rect',
      symbolSize: kind === 'image' ? size : size * 0.9,
      itemStyle: markerStyle(kind, own, numbered),
      data: shown.map((pair) => pointOf(points, kind === 'image' ? pair : count + pair)),
    });
    return [marker('image'), marker('text')];
  });
}

/** Images are filled and texts hollow, to distinguish markers too small for their shapes. */
function markerStyle(kind: 'image' | 'text', own: string, numbered: boolean) {
  if (kind === 'image') return { color: own, opacity: numbered ? 1 : 0.8 };
  const fill = numbered ? colour('paper') : 'transparent';
  return { color: fill, borderColor: own, borderWidth: numbered ? 2 : 1, opacity: 1 };
}

/** The pairs' numbers beside their markers, where there is room; the colours say the rest. */
function numbers(points: Float32Array, axes: Axes, box: Box): Mark[] {
  const pairs = points.length / 4;
  const labelled = Array.from({ length: 2 * pairs }, (_, row) => ({
    ...place(pointOf(points, row), axes, box),
    text: `${(row % pairs) + 1}`,
    line: place(pointOf(points, (row + pairs) % (2 * pairs)), axes, box), // to the partner
  }));
  const layout = {
    marker: OWN_SIZE,
    height: NUMBER_SIZE,
    width: (text: string) => textWidth(text, NUMBER_SIZE),
    within: box,
  };
  return placeLabels(labelled, layout).map(({ x, y, text }) =>
    label(text, x, y, { size: NUMBER_SIZE, align: 'center' }),
  );
}
