import type { LinearProbe } from '../../metrics/evaluation/linear-probe.ts';
import type { NearestProbe } from '../../metrics/evaluation/nearest-probe.ts';
import type { ClassificationReport } from '../../metrics/evaluation/report.ts';
import { CLASSIFICATION_MEASURES } from '../../metrics/evaluation/report.ts';
import type { ItemPart } from '../../metrics/evaluation/split.ts';
import type { Estimate } from '../../metrics/gap/estimate.ts';
import { number } from '../../plots/number.ts';
import { csv } from '../csv-text.ts';
import { listDigest, type Provenance } from '../provenance.ts';
import type { PromptedClass } from './classes.ts';
import type { LabelledItem } from './labelled-set.ts';
import type { PublishedFigure, Recipe } from './recipe.ts';

export type MethodName = 'zero-shot' | 'linear' | 'nearest';

/** One way of classifying, judged. */
export interface JudgedMethod {
  readonly name: MethodName;
  readonly title: string;
  /** How it was set, in a sentence. */
  readonly settings: string;
  readonly report: ClassificationReport;
  /** The items that it was judged on, in the order of the report. */
  readonly items: readonly LabelledItem[];
  readonly probe?: LinearProbe | NearestProbe;
}

/** A labelled set, scored. */
export interface Evaluation {
  readonly provenance: Provenance;
  readonly model: string;
  readonly fingerprint: string | undefined;
  readonly untrained: boolean;
  readonly dtype: string;
  readonly adapter: string;
  readonly closing?: object;
  readonly source: string;
  readonly classes: readonly PromptedClass[];
  /** Empty where prompts are whole. */
  readonly templates: readonly string[];
  readonly methods: readonly JudgedMethod[];
  /** How many items each part has, where there are probes. */
  readonly parts?: Readonly<Record<ItemPart, number>>;
  readonly recipe?: RecipeResult;
  /** What was left out, as sentences. */
  readonly notes: readonly string[];
}

/** A recipe beside what was measured. */
export interface RecipeResult {
  readonly recipe: Recipe;
  readonly subset: string | undefined;
  /** Figures of these classes. */
  readonly published: readonly PublishedFigure[];
  /** Whether prompts are the publication's: undefined where the recipe has them itself. */
  readonly ownPrompts: boolean | undefined;
}

export const EVALUATION_FILES = [
  ...['evaluation.json', 'evaluation.csv', 'confusion.csv', 'predictions.csv', 'report.html'],
] as const;

/** By which prompts are known to be those of a publication: of the classes in their order, label and prompts. */
export function promptsDigest(classes: readonly PromptedClass[]): string {
  return listDigest(classes.flatMap(({ label, prompts }) => prompts.map((prompt) => `${label}: ${prompt}`)));
}

/** The evaluation as JSON, without what is said of each item. */
export function evaluationJson(evaluation: Evaluation): object {
  const { provenance, model, fingerprint, untrained, dtype, adapter, closing, source } = evaluation;
  const { classes, templates, methods, parts, recipe, notes } = evaluation;
  return {
    provenance,
    ...{ model, fingerprint: fingerprint ?? null, untrained, dtype, adapter },
    ...(closing && { closing }),
    ...{ source, notes, templates, classes },
    ...(parts && { parts }),
    ...(recipe && {
      recipe: {
        name: recipe.recipe.name,
        title: recipe.recipe.title,
        subset: recipe.subset ?? null,
        published: recipe.published,
        ownPrompts: recipe.ownPrompts ?? null,
        source: recipe.recipe.source,
        uncertain: recipe.recipe.uncertain,
      },
    }),
    methods: methods.map(({ name, title, settings, report, probe }) => {
      const { answers: _, probabilities: __, ...rest } = report;
      return { name, title, settings, ...(probe && { probe: settingsOf(probe) }), ...rest };
    }),
  };
}

function settingsOf(probe: LinearProbe | NearestProbe): object {
  if ('k' in probe) return { k: probe.k, tried: probe.tried, votedBy: probe.votedBy };
  const { regularization, tried, trainedOn } = probe;
  return { regularization, tried, trainedOn };
}

const PER_CLASS = ['precision', 'recall', 'f1', 'auroc'] as const;

/** The tables of an evaluation, by file. */
export function evaluationTables({ methods, classes }: Evaluation): Readonly<Record<string, string>> {
  const labels = classes.map(({ label }) => label);
  const measures = PER_CLASS.flatMap((name) => [name, `${name}_low`, `${name}_high`]);
  return {
    'evaluation.csv': csv(
      ['method', 'label', 'items', 'predicted', ...measures],
      methods.flatMap(({ name, report }) =>
        report.classes.map((one) => [
          ...[name, one.label, one.items, one.predicted],
          ...PER_CLASS.flatMap((measure) => {
            const { value, low, high } = one[measure];
            return [value, low, high].map(decimal);
          }),
        ]),
      ),
    ),
    'confusion.csv': csv(
      ['method', 'label', ...labels.map((label) => `answer:${label}`)],
      methods.flatMap(({ name, report }) => report.confusion.map((row, i) => [name, labels[i], ...row])),
    ),
    'predictions.csv': csv(
      ['method', 'id', 'label', 'predicted', ...labels.map((label) => `p:${label}`)],
      methods.flatMap(({ name, report, items }) =>
        items.map(({ id, label }, i) => [
          ...[name, id, label, labels[report.answers[i] ?? 0]],
          ...labels.map((_, c) => decimal(report.probabilities[i * labels.length + c] ?? Number.NaN)),
        ]),
      ),
    ),
  };
}

/** Seven digits; empty if there is no number. */
function decimal(value: number): string {
  return Number.isFinite(value) ? String(Number(value.toPrecision(7))) : '';
}

/** For a terminal. */
export function evaluationText({ methods, recipe, source, parts }: Evaluation): string {
  const blocks = methods.map((method) => methodText(method).join('\n'));
  const count = parts
    ? ` (${parts.train} to train on, ${parts.validation} to choose by, ${parts.test} to test on, ${parts.unused} unused)`
    : '';
  return [
    `${source}: ${methods[0]?.report.classes.length ?? 0} classes${count}`,
    ...blocks,
    ...(recipe ? [recipeLines(recipe, methods).join('\n')] : []),
  ].join('\n\n');
}

function methodText({ title, settings, report }: JudgedMethod): string[] {
  const { items, drawn } = report;
  const by = drawn.units === 'groups' ? `, intervals by ${drawn.count.toLocaleString('en')} groups` : '';
  const classes = report.classes.map(({ label, items: of, recall, auroc }) => {
    const found = Number.isFinite(recall.value) ? percent(recall.value) : '–';
    const area = Number.isFinite(auroc.value) ? number(auroc.value, 3) : '–';
    return `  ${found.padStart(8)} of ${of.toLocaleString('en').padStart(6)}  AUROC ${area}  ${label}`;
  });
  return [
    `${title}: ${items.toLocaleString('en')} images${by}`,
    `  ${settings}`,
    ...measureRows(report).map(({ title: name, value, interval }) =>
      `  ${name.padEnd(28)}${value.padStart(8)}   ${interval}`.trimEnd(),
    ),
    ...(classes.length <= MOST_LISTED
      ? ['found of each class', ...classes]
      : [`the ${classes.length} classes: -o DIR writes them`]),
  ];
}

const MOST_LISTED = 30;

/** The measures of a report as they are shown. */
export function measureRows(report: ClassificationReport) {
  return CLASSIFICATION_MEASURES.flatMap(({ name, title, share }) => {
    const estimate = report[name];
    if (estimate === undefined) return [];
    const show = share ? percent : (value: number) => number(value, 3);
    return [{ name, title, ...shown(estimate, show) }];
  });
}

/** An estimate with its interval, as text. */
export function shown({ value, low, high, resamples }: Estimate, show: (value: number) => string) {
  const known = Number.isFinite(value);
  return {
    value: known ? show(value) : '–',
    interval: known && resamples > 0 ? `${show(low)} to ${show(high)}` : '',
  };
}

export function percent(value: number): string {
  return `${number(100 * value, 2)} %`;
}

/** What was published, beside what was measured. */
export function recipeLines(
  { recipe, subset, published, ownPrompts }: RecipeResult,
  methods: readonly JudgedMethod[],
): string[] {
  const zeroShot = methods.find(({ name }) => name === 'zero-shot')?.report;
  const of = subset === undefined ? '' : `, its ${subset} classes`;
  return [
    `recipe ${recipe.name}${of}: ${recipe.title}`,
    ...(zeroShot ? [`  measured   ${percent(zeroShot.accuracy.value)} accuracy of this set`] : []),
    ...published.map(
      ({ model, metric, value, of: what, source }) =>
        `  published  ${number(value, 2)} % ${metric} of ${what}, ${model} (${source})`,
    ),
    ...(published.length === 0 ? ['  published  no figure of these classes'] : []),
    ...(ownPrompts === undefined ? [] : [`  prompts    ${ownPrompts ? 'the publication’s' : OTHER_PROMPTS}`]),
    ...recipe.uncertain.map((text) => `  uncertain  ${text}`),
  ];
}

const OTHER_PROMPTS =
  'not the publication’s, so the figures are no match: give those by --labels (docs/evaluate.md)';
