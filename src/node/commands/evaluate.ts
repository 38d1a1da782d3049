import { type Command, Option } from 'commander';
import type { BiomedClip } from '../../api.ts';
import { addCaptionOptions, OF_CAPTIONS } from '../cli/caption-options.ts';
import { addExamples } from '../cli/examples.ts';
import { addImageOptions, expectNoUrls } from '../cli/image-options.ts';
import {
  integer,
  listOf,
  naturalNumber,
  numberWithin,
  positiveInteger,
  positiveNumber,
} from '../cli/number-options.ts';
import { addOutOption, aloneAndOverwriting, checkOutputs, type ForceOption } from '../cli/out-option.ts';
import type { Output, Session } from '../cli/session.ts';
import { optionalInput } from '../cli/standard-streams.ts';
import { expectNotGiven } from '../cli/unused-options.ts';
import {
  addClosingOption,
  addModelOptions,
  type ClosingOption,
  type ModelOptions,
  namedClosing,
  withModel,
} from '../cli/with-model.ts';
import { UsageError } from '../errors.ts';
import {
  classesOfSet,
  givenTemplates,
  keptItems,
  type NamedClass,
  type OtherLabels,
  promptedClasses,
  readClasses,
  type TemplateOptions,
} from '../evaluation/classes.ts';
import {
  EVALUATION_FILES,
  type Evaluation,
  evaluationJson,
  evaluationTables,
  evaluationText,
  promptsDigest,
  type RecipeResult,
} from '../evaluation/evaluation.ts';
import type { LabelledSet } from '../evaluation/labelled-set.ts';
import { type Recipe, readRecipe } from '../evaluation/recipe.ts';
import { readRecipeSet } from '../evaluation/recipe-set.ts';
import { DEFAULT_TEMPLATE } from '../label-scores.ts';
import { cautionOf } from '../provenance.ts';
import { writeTogether } from '../staged-files.ts';
import { PROBES, type ProbeCommandOptions, partsOf } from './evaluate-probes.ts';
import { scoreSet } from './evaluate-scores.ts';
import { type LabelledSetOptions, readLabelledSet } from './evaluate-set.ts';
import { modelOf } from './search-model.ts';
import { expectClosing } from './search-space.ts';

export interface EvaluateCommandOptions
  extends ModelOptions,
    LabelledSetOptions,
    TemplateOptions,
    ClosingOption,
    ProbeCommandOptions,
    ForceOption {
  readonly labels?: string;
  readonly otherLabels: OtherLabels;
  readonly recipe?: string;
  readonly subset?: string;
  readonly resamples?: number;
  readonly batchSize?: number;
}

export function registerEvaluate(program: Command, session: Session): void {
  const command = program
    .command('evaluate')
    .summary('score a labelled set')
    .description(
      'Zero-shot classification of a labelled set: accuracy, balanced accuracy, macro F1, AUROC, top-5, confusion matrix and ' +
        'calibration, with intervals; linear and nearest probes on the embeddings; recipes of public sets.',
    )
    .argument(
      '<set...>',
      'images or folders of images, a table of images and labels, Parquet or a tar of both, or a directory that embed wrote',
    )
    .option(
      '--labels <file>',
      'classes: a table with label and, for other texts, prompt; or .txt, one a line (default: the labels of the set)',
    )
    .option('--templates <file>', `texts with {} for the class, one a line (default: "${DEFAULT_TEMPLATE}")`)
    .option(
      '--template <text>',
      'the same, one; may be repeated',
      (text: string, before: readonly string[] = []) => [...before, text],
    )
    .addOption(
      new Option(
        '--other-labels <what>',
        'what to do about images without a label, or with one that no class has',
      )
        .choices(['fail', 'skip'])
        .default('fail'),
    )
    .option(
      '--recipe <name|json>',
      'a public set as a publication scored it: name of a recipe, or a file of one (docs/evaluate.md)',
    )
    .option(
      '--subset <name>',
      'of a recipe with subsets of classes: base, novel, or all (default: what the figure is of)',
    )
    .option(
      '--captions <file>',
      'table of images and labels, where the images are named beside it; - for stdin',
    )
    .option('--truth <file>', 'labels by id, or in the order of the images; - for stdin')
    .option(
      '--groups <file>',
      'groups by id, such as patients, which intervals and splits keep whole; - for stdin',
    )
    .option('--recursive', 'images in subdirectories too')
    .addOption(
      new Option('--probe <kind>', 'train on a part of the set and test on another; may be repeated')
        .choices(PROBES)
        .argParser((kind: string, before: readonly string[] = []) => {
          if (!PROBES.some((known) => known === kind))
            throw new UsageError(`--probe ${kind}: must be ${PROBES.join(' or ')}`);
          return [...before, kind];
        }),
    )
    .option(
      '--split <file>',
      'train, validation, test or unused by id, of probes (default: drawn by class, groups whole)',
    )
    .option('--test <share>', 'share of the images to test probes on (default: 0.3)', numberWithin(0, 1))
    .option('--validation <share>', 'share to choose C and k by (default: 0.2)', numberWithin(0, 1))
    .option('--shots <n>', 'images of each class to train on (default: all of that part)', positiveInteger)
    .option('--regularization <c>', 'C of the linear probe (default: chosen as CLIP does)', positiveNumber)
    .option(
      '-k, --neighbours <n>',
      'neighbours that vote; may be repeated (default: the best of 1 to 200)',
      listOf(positiveInteger),
    )
    .addOption(
      new Option('--vote <how>', 'of neighbours (default: weighted)').choices(['weighted', 'majority']),
    )
    .option('--resamples <n>', 'bootstrap resamples of images or groups (default: 1000)', naturalNumber)
    .option('--seed <n>', 'seed of resamples and splits (default: 0)', integer)
    .option('--batch-size <n>', 'at most so many images or texts in one GPU pass', positiveInteger)
    .addOption(
      new Option('--on-error <what>', 'what to do about an image that cannot be read')
        .choices(['skip', 'fail'])
        .default('fail'),
    );
  addExamples(command, [
    ['evaluate scans --label-from folder --recursive', 'a folder a class'],
    [
      'evaluate scans/labels.csv --labels classes.csv --templates templates.txt -o scored',
      'a table, with prompts of its own, as JSON, CSV and a report',
    ],
    [
      'evaluate archive --probe linear --probe nearest',
      'what embed wrote with labels, with probes trained on it',
    ],
    [
      'evaluate path/to/LC25000 --recipe lc25000-lung -m microsoft/BiomedCLIP-PubMedBERT_256-vit_base_patch16_224',
      'a public set beside the published figure',
    ],
  ]);
  addOutOption(command, '<dir>', `directory for ${EVALUATION_FILES.join(', ')}`, { optional: true });
  addCaptionOptions(command);
  addImageOptions(command);
  addClosingOption(command);
  addModelOptions(command).action((sources: string[], options: EvaluateCommandOptions) => {
    expectUsed(command, options);
    return evaluateCommand(sources, options, session);
  });
}

const OF_PROBES = ['split', 'test', 'validation', 'shots', 'regularization', 'neighbours', 'vote'];
/** A recipe says these itself. */
const NOT_OF_RECIPES = [
  ...['otherLabels', 'captions', 'truth', 'recursive', 'labelFrom', 'imageColumn', 'idColumn', 'labelColumn'],
];

/** @throws {UsageError} for options that would be ignored */
function expectUsed(command: Command, { probe, recipe, split }: EvaluateCommandOptions): void {
  if (probe === undefined) expectNotGiven(command, OF_PROBES, 'has no effect without --probe; name one');
  if (split !== undefined) {
    expectNotGiven(
      command,
      ['test', 'validation'],
      'has no effect beside --split, which says each image’s part',
    );
  }
  if (recipe === undefined) expectNotGiven(command, ['subset'], 'has no effect without --recipe');
  else expectNotGiven(command, NOT_OF_RECIPES, 'has no effect beside --recipe, which says it; leave it out');
  expectNotGiven(
    command,
    OF_CAPTIONS.filter((name) => name === 'captionColumn'),
    'has no effect: captions are not read',
  );
}

/** Scores a labelled set. */
async function evaluateCommand(
  sources: readonly string[],
  options: EvaluateCommandOptions,
  session: Session,
): Promise<void> {
  const { out } = options;
  if (out !== undefined) await checkOutputs(out, EVALUATION_FILES, options);
  const recipe = options.recipe === undefined ? undefined : await readRecipe(options.recipe);
  const templates = await givenTemplates(options, session);
  const set = recipe
    ? await recipeSet(recipe, sources, options)
    : await readLabelledSet(sources, options, session);
  expectNoUrls(
    set.items.map(({ path }) => path),
    set.embedded ? { allowUrls: true } : options,
  );
  const named = await namedClasses(recipe, set, options, session);
  const prompted = promptedClasses(
    named,
    templates ?? (named.some(({ whole }) => whole) ? undefined : recipe?.templates),
  );
  const subset = recipe ? subsetOf(recipe, options) : undefined;
  const members = subset === undefined ? undefined : recipe?.subsets?.[subset];
  const classes = members
    ? prompted.classes.filter(({ label }) => members.includes(label))
    : prompted.classes;
  if (classes.length < 2)
    throw new UsageError(`${options.labels ?? set.source}: names one class; a classification needs two`);
  const kept = keptItems(set, classes, recipe ? 'skip' : options.otherLabels);
  const parts = await partsOf(kept.items, set.source, options, session);
  const closing = await namedClosing(options, session);
  const result: RecipeResult | undefined = recipe && {
    recipe,
    subset,
    published: recipe.published.filter((figure) => figure.subset === subset),
    ownPrompts:
      recipe.promptsSha256 === undefined
        ? ownPrompts(recipe, prompted.classes)
        : promptsDigest(prompted.classes) === recipe.promptsSha256,
  };
  const notes = [...set.notes, ...(recipe ? [] : kept.notes)];
  const run = async (model: BiomedClip, output: Output) => {
    for (const note of notes) output.warn(note);
    const scored = await scoreSet(model, { set, kept, classes, parts, closing }, options, session, output);
    const evaluation: Evaluation = {
      ...scored,
      ...{ source: set.source, classes, templates: prompted.templates },
      ...(result && { recipe: result }),
      notes: [...notes, ...scored.notes],
    };
    await report(evaluation, options, output);
  };
  if (!set.embedded) return withModel(options, session, run, closing);
  expectClosing(set.embedded, { closing }, () => {});
  return withModel(await modelOf(set.embedded, options, session), session, run);
}

/** Undefined for a recipe's own prompts; false where others are given in their place. */
function ownPrompts(
  recipe: Recipe,
  classes: readonly { readonly prompts: readonly string[] }[],
): false | undefined {
  const own = recipe.classes.map(({ name }) =>
    recipe.templates.map((template) => template.split('{}').join(name)),
  );
  return own.every((prompts, i) => prompts.join('\n') === classes[i]?.prompts.join('\n')) ? undefined : false;
}

async function recipeSet(
  recipe: Recipe,
  [folder = '', ...more]: readonly string[],
  { subset }: EvaluateCommandOptions,
): Promise<LabelledSet> {
  if (more.length > 0) throw new UsageError(`--recipe ${recipe.name}: name the one folder of the set`);
  const known = ['all', ...Object.keys(recipe.subsets ?? {})];
  if (subset !== undefined && !known.includes(subset)) {
    throw new UsageError(`--subset ${subset}: the recipe ${recipe.name} has ${known.join(', ')}`);
  }
  return readRecipeSet(recipe, folder);
}

function subsetOf(recipe: Recipe, { subset = recipe.subset }: EvaluateCommandOptions): string | undefined {
  return subset === 'all' ? undefined : subset;
}

async function namedClasses(
  recipe: Recipe | undefined,
  set: LabelledSet,
  { labels, encoding }: EvaluateCommandOptions,
  session: Session,
): Promise<readonly NamedClass[]> {
  const file = await optionalInput(labels, session);
  if (file === undefined) {
    return (
      recipe?.classes.map(({ label, name }) => ({ label, texts: [name], whole: false })) ?? classesOfSet(set)
    );
  }
  const given = await readClasses(file, encoding);
  if (!recipe) return given;
  return recipe.classes.map(({ label, name }) => {
    const own = given.find((one) => one.label === label || one.label === name);
    if (own) return { ...own, label };
    throw new UsageError(`${labels}: has no class "${label}" of the recipe ${recipe.name}`);
  });
}

async function report(
  evaluation: Evaluation,
  options: EvaluateCommandOptions,
  output: Output,
): Promise<void> {
  const { out } = options;
  const json = evaluationJson(evaluation);
  if (out !== undefined) {
    const { evaluationReport } = await import('../evaluation/report.ts'); // ECharts is slow to load
    const files = {
      'evaluation.json': `${JSON.stringify(json, null, 2)}\n`,
      ...evaluationTables(evaluation),
      'report.html': evaluationReport(evaluation),
    };
    await writeTogether(
      out,
      async (write) => {
        for (const [name, text] of Object.entries(files))
          await write(name, (sink) => sink.write(Buffer.from(text)));
      },
      aloneAndOverwriting(options),
    );
  }
  const { model, untrained } = evaluation;
  const caution = cautionOf({ name: model, untrained });
  const text = evaluationText(evaluation);
  output.result(
    { ...json, out: out ?? null },
    [
      text,
      ...(out === undefined ? [] : [`written: ${out}`]),
      ...(caution === undefined ? [] : [`(${caution})`]),
    ].join('\n\n'),
  );
}
