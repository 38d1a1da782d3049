import type { ClosingSweep, SweepPoint, SweptSplit } from '../../closing/sweep.ts';
import type { SweepMeasureName } from '../../closing/sweep-fold.ts';
import type { SweepSetting } from '../../closing/sweep-settings.ts';
import { number } from '../../plots/number.ts';

const COLUMNS: readonly (readonly [SweepMeasureName, string])[] = [
  ['distributionGap', 'gap'],
  ['modalityPurity', 'purity'],
  ['meanAveragePrecision', 'mAP'],
  ['clusters.adjustedRand', 'ARI'],
  ['retrieval.imageToText.recallAt10', 'i2t R@10'],
  ['retrieval.textToImage.recallAt10', 't2i R@10'],
  ['zeroShot.accuracy', 'zero-shot'],
  ['zeroShot.accuracyWithCentredPrompts', 'own mean'],
];
const NAME = 26;

/** A table a split, one line a setting, with the measures that decide. */
export function sweepText(sweep: ClosingSweep): string {
  const { pairs, dim, groups, classes } = sweep;
  const known = [
    groups === undefined ? '' : `, ${groups.toLocaleString('en')} groups`,
    classes === undefined ? '' : `, ${classes.toLocaleString('en')} labels`,
  ].join('');
  return [
    `${pairs.toLocaleString('en')} pairs of ${dim} dimensions${known}`,
    ...sweep.splits.flatMap(splitLines),
  ].join('\n');
}

function splitLines(split: SweptSplit): string[] {
  const columns = COLUMNS.filter(([name]) =>
    split.points.some(({ measures }) => measures[name] !== undefined),
  );
  return [
    '',
    `${splitText(split)}:`,
    `${''.padEnd(NAME)}${columns.map(([, title]) => title.padStart(10)).join('')}`,
    ...split.points.map((point) => {
      const cells = columns.map(([name]) => cell(point, name));
      return `${settingText(point).padEnd(NAME)}${cells.join('')}`;
    }),
  ];
}

function cell({ measures }: SweepPoint, name: SweepMeasureName): string {
  const value = measures[name];
  return (value === undefined ? '' : number(value, 3)).padStart(10);
}

/** How a split holds pairs out. */
function splitText({ of, folds }: SweptSplit): string {
  return `${of === 'groups' ? 'new subjects: whole groups held out' : 'new captions: pairs held out at random'}, ${folds} folds`;
}

/** `transport 0.25`, `head, scale 10, identity 0.1` */
function settingText({ method, strength, head }: SweepSetting): string {
  if (head) return `head, scale ${JSON.stringify(head.scale ?? 10)}, identity ${head.identity ?? 0.1}`;
  return strength === undefined ? method : `${method} ${strength}`;
}

/** One line a setting and split, with all measures. */
export function sweepCsv({ splits }: ClosingSweep): string[] {
  const points = splits.flatMap((split) => split.points.map((point) => ({ split, point })));
  const names = [
    ...new Set(points.flatMap(({ point }) => Object.keys(point.measures) as SweepMeasureName[])),
  ];
  return [
    ['held_out', 'method', 'strength', 'scale', 'identity', ...names].join(','),
    ...points.map(({ split: { of }, point: { method, strength, head, measures } }) =>
      [of, method, strength, head?.scale, head?.identity, ...names.map((name) => measures[name])]
        .map((value) => (typeof value === 'object' ? `${value.from} to ${value.to}` : (value ?? '')))
        .join(','),
    ),
  ];
}
