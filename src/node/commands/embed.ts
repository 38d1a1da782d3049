import { join } from 'node:path';
import { type Command, Option } from 'commander';
import type { BiomedClip, EmbedResult, ModelInfo } from '../../api.ts';
import type { Embeddings } from '../../embeddings.ts';
import { throwIfAborted } from '../../errors.ts';
import { addCaptionOptions, type CaptionOptions } from '../cli/caption-options.ts';
import { methodText } from '../cli/closing-text.ts';
import { addExamples } from '../cli/examples.ts';
import { addImageOptions, addTileOptions, expectNoUrls, type ImageOptions } from '../cli/image-options.ts';
import { positiveInteger } from '../cli/number-options.ts';
import { addOutOption, aloneAndOverwriting, checkOutputs, type ForceOption } from '../cli/out-option.ts';
import type { Output, Session } from '../cli/session.ts';
import { givenPaths, optionalInput } from '../cli/standard-streams.ts';
import {
  addClosingOption,
  addModelOptions,
  type ClosingOption,
  type ModelOptions,
  namedClosing,
  withModel,
} from '../cli/with-model.ts';
import { closingEntry } from '../closing-file.ts';
import { EMBEDDING_FILES, writeEmbeddings } from '../embedding-files.ts';
import { IdentifiedImages } from '../image-identity.ts';
import { MANIFEST_FILE, type Manifest } from '../manifest.ts';
import { cautionOfRows } from '../provenance.ts';
import { rowsProvenance } from '../rows-provenance.ts';
import type { WorkerPlace } from '../shards/worker-place.ts';
import type { TileOptions } from '../slide-tiles.ts';
import { writeTogether } from '../staged-files.ts';
import { embedInputs } from './embed-batch.ts';
import { expectCaptionsRead, gatherInputs } from './embed-inputs.ts';
import { arrangedRows, manifestOf } from './embed-rows.ts';
import { addShardOptions, expectShardOptions } from './embed-shard-options.ts';
import { embedShards } from './embed-shards.ts';

export interface EmbedCommandOptions
  extends TileOptions,
    ModelOptions,
    ImageOptions,
    CaptionOptions,
    ClosingOption,
    ForceOption {
  readonly captions?: string;
  readonly recursive?: boolean;
  readonly out: string;
  readonly batchSize?: number;
  readonly onError?: 'skip' | 'fail';
  readonly dicomTags?: readonly string[];
  readonly shards?: string;
  readonly shard?: WorkerPlace | 'asked';
  readonly tries: number;
}

export function registerEmbed(program: Command, session: Session): void {
  const command = program
    .command('embed')
    .summary('embed images and captions')
    .description(
      'Write images.npy, texts.npy (float32, rows x dim) and manifest.json, which names each row. What belongs together ' +
        'comes first, in the order of the captions, row i of one with row i of the other.',
    )
    .argument(
      '[images...]',
      'images, directories of images, Parquet or tars of images and captions, or quoted patterns; - for a list of paths on stdin',
    )
    .option(
      '--captions <file>',
      'table (.csv, .tsv, .json, .jsonl, .parquet, .tar) of images, or ids, and captions; or .txt, one a line; - for stdin',
    )
    .option('--recursive', 'images in subdirectories too')
    .option(
      '--dicom-tags <names>',
      'attributes of DICOM files to write into the manifest, such as Modality,BodyPartExamined; no other is',
      tagNames,
    )
    .option('--batch-size <n>', 'at most so many images or texts in one GPU pass', positiveInteger)
    .addOption(
      new Option('--on-error <what>', 'what to do about an image that cannot be read')
        .choices(['skip', 'fail'])
        .default('fail'),
    );
  addShardOptions(command);
  addExamples(command, [
    ['embed scans --captions scans/captions.csv -o out', 'a folder of images and their captions'],
    [
      "find scans -name '*.png' -print0 | biomedclip-webgpu embed - -o out",
      'images that another program lists',
    ],
    ["embed 'scans/**/*.png' -o out --on-error skip", 'images by a pattern, leaving out what cannot be read'],
    [
      'embed --captions captions.csv -o out -m path/to/checkpoint --dtype f16',
      'the images that a table names, by another model',
    ],
    [
      'embed --captions reports.tsv --image-column jpg --caption-column findings --encoding windows-1252 -o out',
      'a table with columns of other names, in another encoding',
    ],
    ['embed scans --recursive --label-from folder -o out', 'a folder a class'],
    ["embed 'train-*.parquet' -o out", 'the pairs of a Hugging Face data set'],
    ["embed 'shard-{000..009}.tar' -o out", 'the pairs of WebDataset'],
    [
      'embed --shards plan.json --shard 0/16 -o results',
      'the first of 16 workers on shards that are planned',
    ],
    ['embed --shards plan.json --shard 0/16 -o s3://bucket/results', 'the same, into a bucket'],
  ]);
  addOutOption(
    command,
    '<dir>',
    'directory to write into; it is made where missing; with --shards also s3://BUCKET/PREFIX',
    { objects: true },
  );
  addCaptionOptions(command);
  addTileOptions(addImageOptions(command));
  addClosingOption(command);
  addModelOptions(command).action((images: string[], options: EmbedCommandOptions) => {
    const { shards } = options;
    expectShardOptions(command, images, options);
    if (shards !== undefined) return embedShards(shards, options, session);
    expectCaptionsRead(command, images, options);
    return embedCommand(images, options, session);
  });
}

/** Keywords, and tags such as (0008,0060), whose comma parts nothing. */
function tagNames(text: string): string[] {
  return text.split(/,(?![\da-f]{4}\))/i).map((name) => name.trim());
}

/** @throws {InvalidOptionError} for what names no attribute, before the work */
async function expectDicomTags(names: readonly string[] = []): Promise<void> {
  if (names.length === 0) return;
  const { dicomTags } = await import('../../image/dicom/read-tags.ts');
  await dicomTags(names);
}

/** Embeds images and captions into a directory: all three files, or none if it fails. */
async function embedCommand(
  args: readonly string[],
  options: EmbedCommandOptions,
  session: Session,
): Promise<void> {
  await checkOutputs(options.out, EMBEDDING_FILES, options);
  await expectDicomTags(options.dicomTags);
  const captions = await optionalInput(options.captions, session);
  const { paths, literal } = await givenPaths(args, session);
  const missing = options.onError === 'skip' ? 'keep' : 'fail';
  expectNoUrls([...paths, ...(typeof captions === 'string' ? [captions] : [])], options); // archives are read here
  const inputs = await gatherInputs(paths, captions, { ...options, literal, missing }, options);
  expectNoUrls(
    inputs.images.map(({ path }) => path),
    options,
  );
  const closing = await namedClosing(options, session);
  const run = async (model: BiomedClip, output: Output) => {
    for (const note of inputs.notes) output.warn(note);
    const { result, manifest, seconds } = await writeTogether(
      options.out,
      async (write) => {
        const start = performance.now();
        const read = new IdentifiedImages(options.dicomTags);
        const embedded = await embedInputs(inputs, read, options, session, model, output);
        const seconds = (performance.now() - start) / 1000;
        throwIfAborted(session.signal);
        const result = { ...embedded, ...arrangedRows(inputs, embedded) };
        const rows = manifestOf(inputs, read, result, model.info);
        const manifest = await writeEmbeddings(write, result, {
          provenance: rowsProvenance(session, model.info, rows),
          ...rows,
          window: options.window,
          ...(closing && { closing: closingEntry(closing), logitScale: closing.report.logitScale }),
        });
        return { result, manifest, seconds };
      },
      aloneAndOverwriting(options),
    );
    report(options.out, result, manifest, seconds, output, model.info);
  };
  await withModel(options, session, run, closing);
}

function report(
  out: string,
  { images, texts, truncated }: EmbedResult,
  manifest: Manifest,
  seconds: number,
  output: Output,
  info: ModelInfo,
): void {
  const { provenance, model, fingerprint, untrained, dtype, adapter, skipped, closing } = manifest;
  for (const { error } of skipped) output.warn(`skipped: ${error}`);
  if (truncated.length > 0) {
    output.warn(`captions that were cut to ${info.contextLength} tokens: ${truncated.length}`);
  }
  const file = (name: string, { rows, dim }: Embeddings) => ({ file: join(out, name), rows, dim });
  const files = { images: file('images.npy', images), texts: file('texts.npy', texts) };
  const rounded = Number(seconds.toFixed(3));
  const caution = cautionOfRows(manifest);
  output.result(
    {
      out,
      ...files,
      manifest: join(out, MANIFEST_FILE),
      skipped,
      truncated,
      model,
      fingerprint,
      untrained: untrained ?? false,
      dtype,
      adapter,
      ...(closing && { closing }),
      provenance,
      seconds: rounded,
    },
    [
      ...Object.entries(files).map(
        ([kind, { file, rows, dim }]) => `${kind.padEnd(8)}${rows} x ${dim}  ${file}`,
      ),
      ...(skipped.length > 0 ? [`skipped ${skipped.length}, see ${join(out, MANIFEST_FILE)}`] : []),
      `model   ${model}, ${dtype}${caution === undefined ? '' : ` (${caution})`}`,
      ...(closing ? [`closed  by ${methodText(closing)}`] : []),
      `adapter ${adapter}`,
      `time    ${rounded} s`,
    ].join('\n'),
  );
}
