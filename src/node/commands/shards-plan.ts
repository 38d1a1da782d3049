import { basename, dirname, join } from 'node:path';
import { type Command, Option } from 'commander';
import { throwIfAborted } from '../../errors.ts';
import { checkpointFingerprint, usualDtype } from '../checkpoint-identity.ts';
import { addCaptionOptions, type CaptionOptions } from '../cli/caption-options.ts';
import { addExamples } from '../cli/examples.ts';
import { addImageOptions, addTileOptions, expectNoUrls, type ImageOptions } from '../cli/image-options.ts';
import { positiveInteger } from '../cli/number-options.ts';
import { addOutOption, checkOutputs, type ForceOption, overwriting } from '../cli/out-option.ts';
import { Output, type OutputOptions, type Session } from '../cli/session.ts';
import { givenPaths, optionalInput } from '../cli/standard-streams.ts';
import { addCheckpointOptions, addOutputOptions, type CheckpointOptions } from '../cli/with-model.ts';
import { UsageError } from '../errors.ts';
import { REVISION, rowFacts } from '../manifest.ts';
import { modelName, provenanceOf } from '../provenance.ts';
import type { PlannedImage, PlannedInputs } from '../shards/cut.ts';
import { InputFiles } from '../shards/input-facts.ts';
import {
  listName,
  pathInPlan,
  type ShardPlan,
  type ShardRecipe,
  VECTOR_TYPES,
  type VectorType,
  writeList,
} from '../shards/plan.ts';
import type { TileOptions } from '../slide-tiles.ts';
import { writeTogether } from '../staged-files.ts';
import { type EmbedCommandInputs, expectCaptionsRead, gatherInputs } from './embed-inputs.ts';

interface PlanOptions
  extends TileOptions,
    CheckpointOptions,
    ImageOptions,
    CaptionOptions,
    OutputOptions,
    ForceOption {
  readonly captions?: string;
  readonly recursive?: boolean;
  readonly rows: number;
  readonly vectors: VectorType;
  readonly digests?: boolean;
  readonly onError: 'skip' | 'fail';
  readonly out: string;
}

const ROWS = 4096;

export function registerShardsPlan(parent: Command, session: Session): void {
  const command = parent
    .command('plan')
    .summary('cut images and captions into shards')
    .description(
      'Cut images and captions into shards, always in the same way, for embed --shards on any number of machines. Writes the ' +
        'plan and, beside it, the list of its rows. Needs no GPU.',
    )
    .argument(
      '[images...]',
      'images, directories of images, Parquet or tars of images and captions, or quoted patterns; - for a list of paths on stdin',
    )
    .option('--captions <file>', 'table of images, or ids, and captions, as embed reads it; - for stdin')
    .option('--recursive', 'images in subdirectories too')
    .option('--rows <n>', 'at most so many images or texts a shard', positiveInteger, ROWS)
    .addOption(
      new Option('--vectors <type>', 'how results store vectors').choices(VECTOR_TYPES).default('f32'),
    )
    .option(
      '--digests',
      'read every image, so that it is known again by what is in it; else by the size and time of its file',
    )
    .addOption(
      new Option('--on-error <what>', 'what to do about an image that is not there')
        .choices(['skip', 'fail'])
        .default('fail'),
    );
  addExamples(command, [
    ['shards plan scans --captions scans/captions.csv -o plan.json', 'a folder of images and their captions'],
    ["shards plan 'train-{000..099}.tar' -o plan.json --rows 10000 --vectors f16", 'the pairs of WebDataset'],
  ]);
  addOutOption(command, '<file>', 'plan to write, such as plan.json; the list is plan.rows.jsonl');
  addCaptionOptions(command);
  addTileOptions(addImageOptions(command));
  addOutputOptions(addCheckpointOptions(command)).action((images: string[], options: PlanOptions) => {
    expectCaptionsRead(command, images, options);
    return planCommand(images, options, session);
  });
}

async function planCommand(args: readonly string[], options: PlanOptions, session: Session): Promise<void> {
  const { out, rows } = options;
  const [folder, name] = [dirname(out), basename(out)];
  const list = listName(name);
  await checkOutputs(folder, [name, list], options);
  const output = new Output(session.io, options);
  try {
    const inputs = await inputsOf(args, options, session);
    for (const note of inputs.notes) output.warn(note);
    const source = options.model ?? (await session.defaultModel());
    output.progress.update('reading the checkpoint', 0, 1);
    const recipe = await recipeOf(source, options, session);
    const planned = await plannedInputs(inputs, options, session, output);
    const provenance = provenanceOf(session, {
      model: { name: source, fingerprint: recipe.fingerprint },
      inputs: {},
    });
    const plan = await writeTogether(
      folder,
      async (write) => {
        let plan: ShardPlan | undefined;
        await write(list, async (sink) => {
          plan = await writeList(sink, planned, recipe, { rows, list });
        });
        const whole = `${JSON.stringify({ ...plan, provenance }, null, 1)}\n`;
        await write(name, (sink) => sink.write(Buffer.from(whole)));
        return plan as unknown as ShardPlan;
      },
      overwriting(options),
    );
    report(out, plan, output);
  } finally {
    output.progress.end();
  }
}

async function inputsOf(
  args: readonly string[],
  options: PlanOptions,
  session: Session,
): Promise<EmbedCommandInputs> {
  const captions = await optionalInput(options.captions, session);
  const { paths, literal } = await givenPaths(args, session);
  expectNoUrls([...paths, ...(typeof captions === 'string' ? [captions] : [])], options);
  const missing = options.onError === 'skip' ? 'keep' : 'fail';
  const inputs = await gatherInputs(paths, captions, { ...options, literal, missing }, options);
  expectNoUrls(
    inputs.images.map(({ path }) => path),
    options,
  );
  if (inputs.images.length + inputs.texts.length === 0) throw new UsageError('nothing to embed');
  return inputs;
}

async function recipeOf(source: string, options: PlanOptions, { signal }: Session): Promise<ShardRecipe> {
  const { config, imageSize, vectors, window } = options;
  return {
    model: modelName(source),
    fingerprint: await checkpointFingerprint({ model: source, config, imageSize }, signal),
    dtype: options.dtype ?? (await usualDtype(source, signal)),
    vectors,
    revision: REVISION,
    ...(imageSize !== undefined && { imageSize }),
    ...(window !== undefined && { window }),
  };
}

/** With what tells later whether an image is still the same. */
async function plannedInputs(
  { images, texts, pairs }: EmbedCommandInputs,
  { digests = false, onError, out }: PlanOptions,
  { signal }: Session,
  output: Output,
): Promise<PlannedInputs> {
  const files = new InputFiles();
  const planned: PlannedImage[] = [];
  for (const [i, { id, path, ...facts }] of images.entries()) {
    throwIfAborted(signal);
    if (i % 1000 === 0) output.progress.update('looking at images', i, images.length);
    const known = files.facts(path, digests);
    const same = await (onError === 'skip' ? known.catch(() => ({})) : known);
    planned.push({ id, path: pathInPlan(path, dirname(out)), ...rowFacts(facts), ...same });
  }
  return {
    images: planned,
    texts: texts.map(({ id, text, ...facts }) => ({ id, text, ...rowFacts(facts) })),
    pairs,
  };
}

function report(out: string, plan: ShardPlan, output: Output): void {
  const { id, recipe, images, texts, pairs, list, shards } = plan;
  const count = (n: number) => n.toLocaleString('en');
  output.result(
    { out, list: join(dirname(out), list), id, ...recipe, images, texts, pairs, shards: shards.length },
    [
      `${count(shards.length)} shards: ${count(images)} images, ${count(texts)} texts, ${count(pairs)} pairs`,
      `model   ${recipe.model}, ${recipe.dtype}; vectors in ${recipe.vectors}`,
      `plan    ${out}, with its rows in ${list} beside it`,
      `next    biomedclip-webgpu embed --shards ${out} -o DIR --shard I/N, I from 0 to N - 1`,
    ].join('\n'),
  );
}
