import { join } from 'node:path';
import { type Command, InvalidArgumentError, Option } from 'commander';
import type { BiomedClip, EmbedResult, ModelInfo } from '../../api.ts';
import type { Embeddings } from '../../embeddings.ts';
import { throwIfAborted } from '../../errors.ts';
import { MANIFEST_FILE, type Manifest } from '../manifest.ts';
import { npyPieces } from '../npy.ts';
import type { Output, Session } from '../session.ts';
import { type WriteFile, writeTogether } from '../staged-files.ts';
import { type EmbedCommandInputs, gatherInputs } from './embed-inputs.ts';
import { addModelOptions, type ModelOptions, UNTRAINED, withModel } from './with-model.ts';

export interface EmbedCommandOptions extends ModelOptions {
  readonly captions?: string;
  readonly out: string;
  readonly batchSize?: number;
  readonly onError?: 'skip' | 'fail';
}

export function registerEmbed(program: Command, session: Session): void {
  const command = program
    .command('embed')
    .summary('embed images and captions')
    .description('Write images.npy, texts.npy (float32, rows x dim) and manifest.json.')
    .argument('[images...]', 'images, or directories of images')
    .option('--captions <file>', 'CSV with the header image,caption or id,caption, or .txt, one a line')
    .requiredOption('--out <dir>', 'directory to write into; it is made where missing')
    .option('--batch-size <n>', 'images or texts a GPU pass, at most', positiveInteger)
    .addOption(
      new Option('--on-error <what>', 'what an image that cannot be read does')
        .choices(['skip', 'fail'])
        .default('fail'),
    );
  addModelOptions(command).action((images: string[], options: EmbedCommandOptions) =>
    embedCommand(images, options, session),
  );
}

function positiveInteger(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1) throw new InvalidArgumentError('It must be a positive integer.');
  return value;
}

/** Embeds images and captions into a directory: all of its three files, or none where it fails. */
export async function embedCommand(
  paths: readonly string[],
  options: EmbedCommandOptions,
  session: Session,
): Promise<void> {
  const inputs = await gatherInputs(paths, options.captions, options.onError === 'skip' ? 'keep' : 'fail');
  await withModel(options, session, async (model, output) => {
    const { result, manifest, seconds } = await writeTogether(options.out, async (write) => {
      const start = performance.now();
      const result = await embedInputs(inputs, options, session, model, output);
      const seconds = (performance.now() - start) / 1000;
      const manifest = manifestOf(inputs, result, model.info);
      throwIfAborted(session.signal);
      await writeResult(write, result, manifest);
      return { result, manifest, seconds };
    });
    report(options.out, result, manifest, seconds, output, model.info);
  });
}

function embedInputs(
  { images, texts }: EmbedCommandInputs,
  { batchSize, onError }: EmbedCommandOptions,
  { signal }: Session,
  model: BiomedClip,
  output: Output,
): Promise<EmbedResult> {
  return model.embedBatch(
    {
      images: images.map(({ id, path }) => ({ id, source: path })),
      texts: texts.map(({ id, text }) => ({ id, text })),
    },
    {
      batchSize,
      onError,
      signal,
      onProgress: ({ kind, done, total }) => output.progress.update(`embedding ${kind}s`, done, total),
    },
  );
}

function manifestOf(
  { images, texts }: EmbedCommandInputs,
  { skipped }: EmbedResult,
  { name, fingerprint, untrained, dtype, adapter }: ModelInfo,
): Manifest {
  const leftOut = { image: new Set<number>(), text: new Set<number>() };
  for (const { kind, index } of skipped) leftOut[kind].add(index);
  return {
    model: name,
    fingerprint,
    ...(untrained ? { untrained } : {}),
    dtype,
    adapter,
    images: images.filter((_, i) => !leftOut.image.has(i)).map(({ id, path }) => ({ id, path })),
    texts: texts.filter((_, i) => !leftOut.text.has(i)).map(({ id, text }) => ({ id, caption: text })),
    skipped: skipped.map(({ id, error }) => ({ id, error: `${error.name}: ${error.message}` })),
  };
}

async function writeResult(
  write: WriteFile,
  { images, texts }: EmbedResult,
  manifest: Manifest,
): Promise<void> {
  for (const [name, { rows, dim, data }] of [
    ['images.npy', images],
    ['texts.npy', texts],
  ] as const) {
    await write(name, async (sink) => {
      for (const piece of npyPieces({ shape: [rows, dim], data })) await sink.write(piece);
    });
  }
  const json = `${JSON.stringify(manifest, null, 2)}\n`;
  await write(MANIFEST_FILE, (sink) => sink.write(new TextEncoder().encode(json)));
}

function report(
  out: string,
  { images, texts, truncated }: EmbedResult,
  manifest: Manifest,
  seconds: number,
  output: Output,
  info: ModelInfo,
): void {
  const { model, fingerprint, untrained, dtype, adapter, skipped } = manifest;
  for (const { error } of skipped) output.warn(`skipped: ${error}`);
  if (truncated.length > 0) {
    output.warn(`captions that were cut to ${info.contextLength} tokens: ${truncated.length}`);
  }
  const file = (name: string, { rows, dim }: Embeddings) => ({ file: join(out, name), rows, dim });
  const files = { images: file('images.npy', images), texts: file('texts.npy', texts) };
  const rounded = Number(seconds.toFixed(3));
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
      seconds: rounded,
    },
    [
      ...Object.entries(files).map(
        ([kind, { file, rows, dim }]) => `${kind.padEnd(8)}${rows} x ${dim}  ${file}`,
      ),
      ...(skipped.length > 0 ? [`skipped ${skipped.length}, see ${join(out, MANIFEST_FILE)}`] : []),
      `model   ${model}, ${dtype}${untrained ? ` (${UNTRAINED})` : ''}`,
      `adapter ${adapter}`,
      `time    ${rounded} s`,
    ].join('\n'),
  );
}
