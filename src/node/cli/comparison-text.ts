import type { GapComparison, GapDifference, ModelDifferences } from '../../metrics/gap/compare.ts';
import { COMPARED_STATISTICS } from '../../metrics/gap/compared-statistics.ts';
import type { Estimate } from '../../metrics/gap/estimate.ts';
import { csvLine } from '../csv-text.ts';

/** The comparison as tables for people: each model's values, the differences of each two, and how alike they see. */
export function comparisonText(comparison: GapComparison): string {
  const { pairs, items, models, differences } = comparison;
  const values = comparedStatistics(comparison).map(({ title, estimates }) => [
    title,
    ...estimates.map((estimate) => (estimate ? valueText(estimate) : '')),
  ]);
  const alike = agreementRows(comparison).map(({ title, estimate }) => [title, valueText(estimate)]);
  return [
    `${pairs} pairs${items === pairs ? '' : ` of ${items} items`}`,
    ...aligned([
      ['', ...models.map(({ name }) => name)],
      ['dimensions', ...models.map(({ gap }) => String(gap.dim))],
      ...values,
    ]),
    ...differences.flatMap(differenceLines),
    '',
    'how alike the models are: CKA, debiased',
    ...aligned(alike),
  ].join('\n');
}

function differenceLines({ models: [first, second], statistics }: ModelDifferences): string[] {
  const rows = statistics.map((of) => {
    const value = valueText({ ...of, value: of.difference });
    return [statisticOf(of).title, value, differs(of) ? '*' : ''];
  });
  return ['', `${second} - ${first}, paired; * where the interval leaves 0 out`, ...aligned(rows)];
}

/** Rows of cells with two spaces between the columns. */
function aligned(rows: readonly (readonly string[])[]): string[] {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
}

/** Whether the interval of a difference leaves 0 out. */
export function differs({ low, high }: Pick<Estimate, 'low' | 'high'>): boolean {
  return low > 0 || high < 0;
}

export function statisticOf({ name }: Pick<GapDifference, 'name'>): { readonly title: string } {
  return COMPARED_STATISTICS.find((statistic) => statistic.name === name) ?? { title: name };
}

/** Each statistic that some model has, of every model. */
export function comparedStatistics({ models }: Pick<GapComparison, 'models'>) {
  return COMPARED_STATISTICS.flatMap(({ name, title, of }) => {
    const estimates = models.map(of);
    return estimates.some(Boolean) ? [{ name, title, estimates }] : [];
  });
}

/** The CKA of each two models, debiased, then plain. */
export function agreementRows({ agreement }: Pick<GapComparison, 'agreement'>) {
  return (['debiasedCka', 'cka'] as const).flatMap((kind) =>
    agreement.flatMap(({ models, images, texts }) =>
      Object.entries({ images, texts }).map(([side, of]) => ({
        ...{ kind, side, models, estimate: of[kind] },
        title: `${side}, ${models.join(' and ')}${kind === 'cka' ? ', plain CKA' : ''}`,
      })),
    ),
  );
}

function valueText({ value, low, high }: Pick<Estimate, 'value' | 'low' | 'high'>): string {
  const interval = Number.isNaN(low) ? '' : ` [${shown(low)}, ${shown(high)}]`;
  return `${shown(value)}${interval}`;
}

function shown(value: number): string {
  if (Number.isNaN(value)) return 'undefined';
  return Math.abs(value) >= 1000 ? value.toFixed(0) : String(Number(value.toPrecision(4)));
}

/**
 * The comparison as CSV lines: a model's value of a statistic; with `compared_with` the difference of the first model less
 * the second, or for `agreement.` the CKA of both. Undefined values are empty.
 */
export function comparisonCsv(comparison: GapComparison): string[] {
  const line = (name: string, model: string, other: string, of: Estimate) =>
    csvLine([name, model, other, ...[of.value, of.low, of.high, of.resamples].map(cell)]);
  return [
    'statistic,model,compared_with,value,low,high,resamples',
    ...comparedStatistics(comparison).flatMap(({ name, estimates }) =>
      estimates.flatMap((of, m) => (of ? [line(name, comparison.models[m]?.name ?? '', '', of)] : [])),
    ),
    ...comparison.differences.flatMap(({ models: [first, second], statistics }) =>
      statistics.map((of) => line(of.name, second, first, { ...of, value: of.difference })),
    ),
    ...agreementRows(comparison).map(({ kind, side, models: [first, second], estimate }) =>
      line(`agreement.${side}.${kind}`, first, second, estimate),
    ),
  ];
}

function cell(value: number): string {
  return Number.isNaN(value) ? '' : String(value);
}

/** As JSON has it: gap vectors as arrays. */
export function comparisonJson({ models, ...comparison }: GapComparison): object {
  return {
    ...comparison,
    models: models.map(({ gap, ...model }) => ({
      ...model,
      gap: { ...gap, gapVector: Array.from(gap.gapVector) },
    })),
  };
}
