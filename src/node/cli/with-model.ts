import { type Command, Option } from 'commander';
import type { BiomedClip, Dtype, LoadOptions, LoadProgress } from '../../api.ts';
import { type ClosingFile, readClosingFile } from '../closing-file.ts';
import { cautionOf } from '../provenance.ts';
import { addAdapterOptions } from './adapter-options.ts';
import { positiveInteger } from './number-options.ts';
import { Output, type OutputOptions, type Session } from './session.ts';
import { optionalInput } from './standard-streams.ts';

export const DTYPES = ['f32', 'f16', 'q8'] as const satisfies readonly Dtype[];

/** Which checkpoint, and how it is stored on the GPU. */
export interface CheckpointOptions {
  readonly model?: string;
  /** Of a model whose configuration lies elsewhere. */
  readonly config?: string;
  /** Other than the checkpoint's. */
  readonly imageSize?: number;
  readonly dtype?: Dtype;
}

/** Options of every command that runs the model. */
export interface ModelOptions extends OutputOptions, CheckpointOptions {
  readonly adapter?: string;
}

/** Of commands whose embeddings a closing may change. */
export interface ClosingOption {
  /** A file that close-gap fit wrote. */
  readonly closing?: string;
}

export function addClosingOption(command: Command): Command {
  return command.option(
    '--closing <file>',
    'closes the modality gap, by what close-gap fit wrote; - for stdin',
  );
}

/** The closing that `--closing` names, if any. @throws what `readClosingFile` throws */
export async function namedClosing(
  { closing }: ClosingOption,
  session: Session,
): Promise<ClosingFile | undefined> {
  const input = await optionalInput(closing, session);
  return input === undefined ? undefined : readClosingFile(input);
}

export function addOutputOptions(command: Command): Command {
  return command
    .option('--json', 'print one JSON object')
    .option('-q, --quiet', 'no progress and no notes, only warnings and errors');
}

/** @param several whether `--model` may be given more than once; its value is then a list */
export function addModelOptions(command: Command, { several = false } = {}): Command {
  return addOutputOptions(addAdapterOptions(addCheckpointOptions(command, { several })));
}

/** As `addModelOptions`, of commands that run no model, but say which one will be. */
export function addCheckpointOptions(command: Command, { several = false } = {}): Command {
  const model = new Option(
    '-m, --model <dir|file|name>',
    'checkpoint directory or weights file, org/name[@revision] on the Hugging Face Hub, or URL (default: the embedded model)' +
      (several ? '; several to compare them' : ''),
  );
  const collect = (value: string, before: readonly string[] = []) => [...before, value];
  return command
    .addOption(several ? model.argParser(collect) : model)
    .option('--config <file>', CONFIG_OPTION)
    .option(
      '--image-size <pixels>',
      'side of the square that images are made, other than the checkpoint’s: its positions are interpolated',
      positiveInteger,
    )
    .addOption(
      new Option(
        '--dtype <type>',
        'how weights are stored on the GPU (default: f32, or q8 of a checkpoint in int8)',
      ).choices(DTYPES),
    );
}

/** Of every command that opens a checkpoint. */
export const CONFIG_OPTION =
  'open_clip_config.json or config.json to use in place of the one beside the weights';

/**
 * Loads the model that the options name, and frees it when `use` is done. Says on stderr where the model is
 * untrained, since its results mean nothing.
 */
export async function withModel<T>(
  { model: source, config, imageSize, dtype, adapter, ...outputOptions }: ModelOptions,
  session: Session,
  use: (model: BiomedClip, output: Output) => Promise<T>,
  closing?: LoadOptions['closing'],
): Promise<T> {
  const output = new Output(session.io, outputOptions);
  try {
    const directory = source ?? (await session.defaultModel());
    const onProgress = (progress: LoadProgress) => showLoading(output, progress);
    const model = await session.loadModel(directory, {
      dtype,
      adapter,
      ...(config !== undefined && { config }),
      ...(imageSize !== undefined && { imageSize }),
      ...(closing && { closing }),
      onProgress,
      signal: session.signal,
      onWarning: ({ message }) => output.warn(message),
    });
    try {
      const { name, revision } = model.info;
      if (revision !== undefined) output.note(`model: ${name} at commit ${revision}`);
      if (model.info.untrained) output.warn(`${name}: ${cautionOf(model.info)}`);
      return await use(model, output);
    } finally {
      model.destroy();
    }
  } finally {
    output.progress.end();
  }
}

function showLoading(output: Output, { stage, done, total }: LoadProgress): void {
  if (stage === 'download') output.progress.update('downloading', done, total, 'bytes');
  else if (stage === 'weights') output.progress.update('loading weights', done, total, 'bytes');
  else output.progress.update('measuring kernels', done, total);
}
