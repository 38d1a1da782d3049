import type { Command } from 'commander';
import type { BiomedClip, ModelInfo } from '../../api.ts';
import { methodText } from '../cli/closing-text.ts';
import { addExamples } from '../cli/examples.ts';
import { addImageOptions, addTileOptions, expectNoUrls, type ImageOptions } from '../cli/image-options.ts';
import type { Output, Session } from '../cli/session.ts';
import { givenPaths } from '../cli/standard-streams.ts';
import {
  addClosingOption,
  addModelOptions,
  type ClosingOption,
  type ModelOptions,
  namedClosing,
  withModel,
} from '../cli/with-model.ts';
import { type ClosingFile, closingEntry } from '../closing-file.ts';
import { type ImageFile, listImageFiles } from '../image-files.ts';
import { IdentifiedImages } from '../image-identity.ts';
import {
  averageTemplates,
  DEFAULT_TEMPLATE,
  fillTemplates,
  type LabelScore,
  scoreLabels,
} from '../label-scores.ts';
import { cautionOf, listDigest, modelName, provenanceOf } from '../provenance.ts';
import { gpuOf } from '../rows-provenance.ts';
import type { TileOptions } from '../slide-tiles.ts';
import { type LabelOptions, readLabels, readTemplates } from './zero-shot-labels.ts';

export type ZeroShotCommandOptions = ModelOptions &
  LabelOptions &
  ImageOptions &
  TileOptions &
  ClosingOption & { readonly recursive?: boolean };

interface Classified {
  readonly image: string;
  /** The likeliest first. */
  readonly labels: readonly LabelScore[];
}

/** Labels per image in the table; JSON has all. */
const TABLE_LABELS = 5;

export function registerZeroShot(program: Command, session: Session): void {
  const command = program
    .command('zero-shot')
    .summary('tell which label fits an image best')
    .description(
      'Print the probability of each label: softmax(logit scale x cosine), or with a logit bias (SigLIP) sigmoid of each; templates averaged.',
    )
    .argument(
      '<images...>',
      'images, directories of images, or quoted patterns; - for a list of paths on stdin',
    )
    .option('--recursive', 'images in subdirectories too')
    .option('--labels <a,b,c>', 'the labels, separated by commas')
    .option('--labels-file <file>', 'the labels, one a line; - for stdin')
    .option(
      '--template <text>',
      `text with {} for the label; may be repeated (default: "${DEFAULT_TEMPLATE}")`,
      (text: string, before: readonly string[] = []) => [...before, text],
    );
  addExamples(command, [
    ['zero-shot scan.png --labels "chest X-ray,brain MRI"', 'which of two labels fits'],
    [
      "zero-shot scans --labels-file labels.txt --template 'a photo of {}' --template '{} in a figure' --json",
      'a folder, with two templates averaged, as JSON',
    ],
  ]);
  addTileOptions(addImageOptions(command));
  addClosingOption(command);
  addModelOptions(command).action((images: string[], options: ZeroShotCommandOptions) =>
    zeroShotCommand(images, options, session),
  );
}

/** Classifies images by the label whose text is nearest. */
async function zeroShotCommand(
  args: readonly string[],
  options: ZeroShotCommandOptions,
  session: Session,
): Promise<void> {
  const labels = await readLabels(options, session);
  const templates = readTemplates(options);
  const { paths, literal } = await givenPaths(args, session);
  const { files: images, notes } = await listImageFiles(paths, { ...options, literal, patterns: true });
  expectNoUrls(paths, options);
  const closing = await namedClosing(options, session);
  const run = async (model: BiomedClip, output: Output) => {
    const shown = images.map((file) => ({ ...file, window: options.window }));
    for (const note of notes) output.warn(note);
    const read = new IdentifiedImages();
    const results = await classify(model, read, shown, labels, templates, session, output);
    const inputs = {
      images: listDigest(images.map((_, i) => read.identityOf(i).sha256 ?? '')),
      prompts: listDigest(fillTemplates(labels, templates)),
    };
    const { name, fingerprint, untrained, dtype, adapter } = model.info;
    output.result(
      {
        provenance: provenanceOf(session, { gpu: gpuOf(model.info), model: model.info, inputs }),
        ...{ model: modelName(name), fingerprint, untrained, dtype, adapter, templates },
        ...(closing && { closing: closingEntry(closing) }),
        results,
      },
      table(results, model.info, closing),
    );
  };
  await withModel(options, session, run, closing);
}

async function classify(
  model: BiomedClip,
  read: IdentifiedImages,
  files: readonly (ImageFile & ImageOptions)[],
  labels: readonly string[],
  templates: readonly string[],
  { signal }: Session,
  output: Output,
): Promise<Classified[]> {
  const { images, texts } = await model.embedBatch(
    {
      images: files.map(({ id, path, window }, i) => read.named(i, path, { id, window })),
      texts: fillTemplates(labels, templates),
    },
    {
      signal,
      onWarning: ({ message }) => output.warn(message),
      onProgress: ({ kind, done, total }) => output.progress.update(`embedding ${kind}s`, done, total),
    },
  );
  const classes = averageTemplates(texts, labels.length, templates.length);
  return files.map(({ path }, i) => ({
    image: path,
    labels: scoreLabels(images, i, classes, labels, model.info),
  }));
}

function table(
  results: readonly Classified[],
  { name, untrained, logitBias }: ModelInfo,
  closing: ClosingFile | undefined,
): string {
  const lines = results.flatMap(({ image, labels }) => [
    image,
    ...labels.slice(0, TABLE_LABELS).map(({ label, probability, cosine }) => {
      const percent = `${(100 * probability).toFixed(1)} %`.padStart(9);
      return `${percent}  cosine ${cosine.toFixed(3).padStart(6)}  ${label}`;
    }),
  ]);
  const closed = closing ? [`(closed by ${methodText(closing.report)}, ${closing.file})`] : [];
  const caution = cautionOf({ name: modelName(name), untrained });
  const each = logitBias === undefined ? [] : ['(sigmoid: each label by itself, the sum is not 100 %)'];
  return [...lines, ...each, ...closed, ...(caution === undefined ? [] : [`(${caution})`])].join('\n');
}
