import type { ClosingReport, HeldOutMeasure, HeldOutReport } from '../../closing-data.ts';
import { QUALITY_MEASURES } from '../../metrics/quality/report.ts';
import { number } from '../../plots/number.ts';

/** A closing's report for people: what was fitted, what it is worth on held-out pairs, and what speaks against it. */
export function closingText(report: ClosingReport): string {
  const { rows, pairedBy, groups, dim, outDim, shrinkage, warnings, heldOut, logitScale, fingerprint } =
    report;
  const count = (n: number) => n.toLocaleString('en');
  return [
    `method       ${methodText(report)}${report.reason ? `: ${report.reason}` : ''}`,
    `rows         ${count(rows.images)} images and ${count(rows.texts)} texts, ${pairedBy ? `paired by ${pairedBy}` : 'not paired'}, ${dim} to ${outDim} dimensions`,
    ...(groups === undefined ? [] : [`groups       ${count(groups)}`]),
    ...(shrinkage
      ? [`shrinkage    images ${number(shrinkage.images, 3)}, texts ${number(shrinkage.texts, 3)}`]
      : []),
    ...(logitScale === undefined ? [] : [`logit scale  ${number(logitScale)}, fitted on held-out pairs`]),
    `checkpoint   ${fingerprint ?? 'not known: no manifest beside the rows says it'}`,
    ...warnings.map((warning) => `warning: ${warning}`),
    ...(heldOut ? heldOutLines(heldOut) : ['held out     nothing: that needs pairs, and at least two folds']),
  ].join('\n');
}

/** `transport at 0.25` */
export function methodText({ method, strength }: Pick<ClosingReport, 'method' | 'strength'>): string {
  return strength === undefined ? method : `${method} at ${strength}`;
}

/** How pairs were held out. */
export function heldOutText({ folds, byGroup, pairs }: HeldOutReport): string {
  const whole = byGroup ? 'whole groups held out' : 'pairs held out at random';
  return `${pairs.toLocaleString('en')} pairs in ${folds} folds, ${whole}`;
}

function heldOutLines(heldOut: HeldOutReport): string[] {
  const header = `${'before'.padStart(9)}${'after'.padStart(9)}${'change'.padStart(9)}  ${'95 % interval'.padEnd(18)}  by chance`;
  return [
    `held out     ${heldOutText(heldOut)}`,
    `${''.padEnd(TITLE)}${header}`,
    ...heldOut.measures.map((measure) => tableLine(measure)),
    ...heldOutSentences(heldOut),
  ];
}

const TITLE = 46;

function tableLine({ name, before, after, difference, low, high, floor }: HeldOutMeasure): string {
  const figures = [before, after, difference].map((value) => number(value, 3).padStart(9)).join('');
  const interval = Number.isFinite(low) ? `[${number(low, 3)}, ${number(high, 3)}]` : '';
  const chance = floor === undefined ? '' : number(floor, 3);
  return `${titleOf(name).padEnd(TITLE)}${figures}  ${interval.padEnd(18)}  ${chance}`.trimEnd();
}

/** Ten of so few are a large part of all, and more dimensions than pairs differ by chance. */
const FEW_A_FOLD = 50;

/** The measures that answer whether the gap was closed, and what it cost. */
const TOLD = [
  'distributionGap',
  'modalityPurity',
  'meanAveragePrecision',
  'clusters.adjustedRand',
  'retrieval.imageToText.recallAt10',
  'retrieval.textToImage.recallAt10',
];

/** One sentence a measure; where so few pairs were judged that nothing follows, that alone. */
export function heldOutSentences({
  measures,
  supportsClaims,
  pairs,
  folds,
  byGroup,
}: HeldOutReport): string[] {
  if (!supportsClaims) {
    return [`${pairs} held-out pairs are too few to show a difference, so nothing can be claimed.`];
  }
  const told = TOLD.flatMap((name) => measures.find((measure) => measure.name === name) ?? []);
  return [
    ...told.map(changeSentence),
    ...(pairs / folds < FEW_A_FOLD
      ? [
          `A fold judges about ${Math.round(pairs / folds)} pairs, so the distribution gap is mostly chance, recall is higher than in a search among all, and the first ten results say little.`,
        ]
      : []),
    ...(byGroup
      ? []
      : ['These figures are for new captions of subjects that the fit has seen, not for new subjects.']),
  ];
}

/** `The distribution gap falls from 0.270 to 0.010 (...).` */
export function changeSentence(measure: HeldOutMeasure): string {
  const { name, before, after, difference, low, high, floor } = measure;
  const title = titleOf(name).replace(/ \(.*\)$/, '');
  const [from, to] = [number(before, 3), number(after, 3)];
  const interval = Number.isFinite(low) ? `, 95 % interval ${number(low, 3)} to ${number(high, 3)}` : '';
  const change = `(change ${number(difference, 3)}${interval})`;
  const chance = floor === undefined ? '' : `; this many pairs show ${number(floor, 3)} by chance`;
  const shown = Number(difference.toFixed(3)) !== 0 && !(low <= 0 && high >= 0);
  if (!shown) {
    return `${capital(title)}: no change shown, ${from} before and ${to} after ${change}${chance}.`;
  }
  return `${capital(title)} ${difference > 0 ? 'rises' : 'falls'} from ${from} to ${to} ${change}${chance}.`;
}

export function titleOf(name: string): string {
  return QUALITY_MEASURES.find((measure) => measure.name === name)?.title ?? name;
}

export function capital(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}`;
}
