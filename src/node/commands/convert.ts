import { readdir, realpath, stat } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { type Command, Option } from 'commander';
import { openCheckpoint, SAFETENSORS_FILE } from '../../../weights/checkpoint.ts';
import { type ModelConfig, readConfig } from '../../../weights/config.ts';
import { openClipConfigJson, USUAL_NAMES } from '../../../weights/config-json.ts';
import { CONFIG_FILE, configText, HF_CONFIG_FILE } from '../../../weights/config-text.ts';
import { type ConvertOptions, convertCheckpoint } from '../../../weights/convert.ts';
import { ConfigFieldError, UnexpectedTensorsError } from '../../../weights/errors.ts';
import { Fingerprint } from '../../../weights/fingerprint.ts';
import { byRowsNames, checkTensors } from '../../../weights/schema.ts';
import type { Checkpoint } from '../../../weights/tensor-info.ts';
import type { Dtype } from '../../api.ts';
import { type BiomedClipError, throwIfAborted } from '../../errors.ts';
import { withGivenConfig } from '../../model/given-config.ts';
import { FileReadError, OutputWriteError } from '../../platform/errors.ts';
import type { FileDirectory } from '../../platform/files.ts';
import { readTokenizerFiles, TOKENIZER_FILES } from '../../text/tokenizers.ts';
import { settle } from '../alone-in.ts';
import { addExamples } from '../cli/examples.ts';
import { addOutOption, aloneAndOverwriting, type ForceOption } from '../cli/out-option.ts';
import { Output, type OutputOptions, type Session } from '../cli/session.ts';
import { addOutputOptions, CONFIG_OPTION, DTYPES } from '../cli/with-model.ts';
import { DirectoryReadError, OutputIsSourceError, OutputNotEmptyError, systemCode } from '../errors.ts';
import { openLocalCheckpoint } from '../files.ts';
import { openDirectory } from '../platform.ts';
import { provenanceOf } from '../provenance.ts';
import { expectWritable, type WriteFile, writeTogether } from '../staged-files.ts';

export interface ConvertCommandOptions extends OutputOptions, ForceOption {
  readonly out: string;
  readonly config?: string;
  readonly dtype?: Dtype;
}

const CHECKPOINT_FILES = [SAFETENSORS_FILE, CONFIG_FILE, HF_CONFIG_FILE, ...TOKENIZER_FILES];

export function registerConvert(program: Command, session: Session): void {
  const command = program
    .command('convert')
    .summary('write a checkpoint as safetensors')
    .description(
      "Write a checkpoint anew in open_clip's layout: a directory with one safetensors file, optionally in 16 or 8 bits.",
    )
    .argument('<checkpoint>', 'checkpoint directory, or weights file with its configuration beside it')
    .option('--config <file>', CONFIG_OPTION)
    .addOption(new Option('--dtype <type>', 'what weights become (default: as they are)').choices(DTYPES));
  addExamples(command, [
    ['convert path/to/checkpoint -o smaller --dtype f16', 'half the size'],
    ['convert path/to/checkpoint -o smallest --dtype q8', 'a quarter: for a web page'],
    ['convert runs/epoch_5.pt --config path/to/open_clip_config.json -o there', 'what training saved'],
    ['convert path/to/checkpoint -o there --force', 'into a folder that is not empty'],
  ]);
  addOutOption(command, '<dir>', 'directory to write; it must be empty or missing');
  addOutputOptions(command).action((checkpoint: string, options: ConvertCommandOptions) =>
    convertCommand(checkpoint, options, session),
  );
}

/** Converts a checkpoint directory; the new one appears complete or not at all. */
async function convertCommand(
  source: string,
  options: ConvertCommandOptions,
  session: Session,
): Promise<void> {
  const { io, signal } = session;
  const output = new Output(io, options);
  const directory = await withGivenConfig(
    { openDirectory },
    await openLocalCheckpoint(source),
    options.config,
  );
  await checkOutput(source, options);
  await expectNothingLeft(directory, options.out);
  await expectWritable(options.out, CHECKPOINT_FILES);
  const onWarning = ({ message }: BiomedClipError) => output.warn(message);
  const hashed = new Fingerprint(await openCheckpoint(directory, onWarning));
  const { checkpoint } = hashed; // hashes what is read through it
  try {
    const config = await readConfig(directory, checkpoint, onWarning);
    const { unexpected } = checkTensors(checkpoint, config);
    if (unexpected.length > 0) onWarning(new UnexpectedTensorsError(checkpoint.file, unexpected));
    const written = await writtenConfig(directory, config);
    const { out, dtype } = options;
    const converting = { dtype, byRows: byRowsNames(config) };
    const bytes = await writeTogether(
      out,
      async (write) => {
        const size = await writeWeights(checkpoint, converting, signal, output, write);
        await writeConfig(directory, written, write);
        await copy(directory, TOKENIZER_FILES, write);
        throwIfAborted(signal);
        return size;
      },
      aloneAndOverwriting(options),
    );
    const file = join(out, SAFETENSORS_FILE);
    const tensors = checkpoint.tensors.size;
    const model = { name: source, fingerprint: await fingerprintOf(hashed, config, directory, signal) };
    const provenance = provenanceOf(session, { model, inputs: {} });
    output.result(
      { source, out, file, dtype: dtype ?? null, tensors, bytes, provenance },
      `${tensors} tensors, ${(bytes / 1e6).toFixed(1)} MB${dtype ? `, ${dtype}` : ''}: ${file}`,
    );
  } finally {
    output.progress.end();
    await checkpoint.close();
  }
}

/** Undefined for a checkpoint without a tokenizer, which cannot be loaded. */
async function fingerprintOf(
  hashed: Fingerprint,
  config: ModelConfig,
  directory: FileDirectory,
  signal: AbortSignal,
): Promise<string | undefined> {
  const tokenizer = await readTokenizerFiles(directory, config.text).catch(() => undefined);
  return tokenizer && hashed.finish(config, tokenizer, { signal });
}

/** @throws {OutputIsSourceError} even with `force`, also for the folder of a weights file @throws {OutputNotEmptyError} */
async function checkOutput(source: string, { out, force }: ConvertCommandOptions): Promise<void> {
  const target = await realpath(out).catch((cause: unknown) => {
    if (systemCode(cause) === 'ENOENT') return resolve(out);
    throw new OutputWriteError(out, systemCode(cause), { cause });
  });
  if ((await foldersOf(source)).includes(target)) throw new OutputIsSourceError(out);
  await settle(out, CHECKPOINT_FILES); // hidden files of a killed command are nothing that could be lost
  if ((await entriesOf(out)).length > 0 && !force) throw new OutputNotEmptyError(out);
}

/** A checkpoint's directory; of a weights file both where it is named and where it lies. @throws {FileReadError} */
async function foldersOf(source: string): Promise<string[]> {
  try {
    const read = await realpath(source);
    if ((await stat(read)).isDirectory()) return [read];
    return [await realpath(dirname(source)), dirname(read)];
  } catch (cause) {
    throw new FileReadError(source, systemCode(cause), { cause });
  }
}

/** None of what is no directory, which writing refuses. @throws {DirectoryReadError} */
async function entriesOf(out: string): Promise<readonly string[]> {
  return readdir(out).catch((cause: unknown) => {
    const code = systemCode(cause);
    if (code === 'ENOENT' || code === 'ENOTDIR') return [];
    throw new DirectoryReadError(out, code, { cause });
  });
}

/** @throws {OutputNotEmptyError} where another model's files would be read with the result */
async function expectNothingLeft(directory: FileDirectory, out: string): Promise<void> {
  const there = await entriesOf(out);
  for (const name of [HF_CONFIG_FILE, ...TOKENIZER_FILES].filter((file) => there.includes(file))) {
    const source = await directory.open(name);
    await source?.close();
    if (!source) throw new OutputNotEmptyError(out, name);
  }
}

/** @returns the size of the file */
async function writeWeights(
  checkpoint: Checkpoint,
  { dtype, byRows }: Pick<ConvertOptions, 'dtype' | 'byRows'>,
  signal: AbortSignal,
  output: Output,
  write: WriteFile,
): Promise<number> {
  let bytes = 0;
  await write(SAFETENSORS_FILE, (sink) => {
    const counting = {
      write: (piece: Uint8Array) => {
        bytes += piece.length;
        return sink.write(piece);
      },
    };
    const onProgress = (done: number, total: number) =>
      output.progress.update('converting', done, total, 'bytes');
    return convertCheckpoint(checkpoint, counting, { dtype, byRows, signal, onProgress });
  });
  return bytes;
}

/** As it is where it is open_clip's. @throws {ConfigFieldError} where open_clip's has no field for it */
async function writtenConfig(directory: FileDirectory, config: ModelConfig) {
  const { file, json, ofOpenClip } = await configText(directory);
  if (!ofOpenClip) expectOneActivation(file, config);
  return { ofOpenClip, text: ofOpenClip ? json : openClipConfigJson(config, USUAL_NAMES, false) };
}

/** open_clip's `quick_gelu` is of both towers. */
function expectOneActivation(file: string, { image, text }: ModelConfig): void {
  const quick = [image, text].flatMap((tower) =>
    'activation' in tower ? [tower.activation === 'quickGelu'] : [],
  );
  if (new Set(quick).size < 2) return;
  const expected = `${quick[0] ? '' : 'another than '}"quick_gelu", as of images, to be written as open_clip's configuration`;
  throw new ConfigFieldError(file, 'text_config.hidden_act', expected, quick[1] ? 'quick_gelu' : 'gelu');
}

async function writeConfig(
  directory: FileDirectory,
  { ofOpenClip, text }: Awaited<ReturnType<typeof writtenConfig>>,
  write: WriteFile,
): Promise<void> {
  await write(CONFIG_FILE, (sink) => sink.write(new TextEncoder().encode(text)));
  if (ofOpenClip) await copy(directory, [HF_CONFIG_FILE], write);
}

/** Those that are there. */
async function copy(directory: FileDirectory, files: readonly string[], write: WriteFile): Promise<void> {
  for (const name of files) {
    const source = await directory.open(name);
    if (!source) continue;
    try {
      const bytes = await source.read(0, source.size);
      await write(name, (sink) => sink.write(bytes));
    } finally {
      await source.close();
    }
  }
}
