import { readdir, realpath } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { type Command, Option } from 'commander';
import { BERT_CONFIG_FILE } from '../../../weights/bert-json.ts';
import { openCheckpoint, SAFETENSORS_FILE } from '../../../weights/checkpoint.ts';
import { CONFIG_FILE, type ModelConfig, readConfig } from '../../../weights/config.ts';
import { type ConvertOptions, convertCheckpoint } from '../../../weights/convert.ts';
import { UnexpectedTensorsError } from '../../../weights/errors.ts';
import { Fingerprint } from '../../../weights/fingerprint.ts';
import { byRowsNames, checkTensors } from '../../../weights/schema.ts';
import type { Checkpoint } from '../../../weights/tensor-info.ts';
import type { Dtype } from '../../api.ts';
import { type BiomedClipError, throwIfAborted } from '../../errors.ts';
import type { FileDirectory } from '../../platform/files.ts';
import { readTokenizerFiles, TOKENIZER_FILES } from '../../text/tokenizers.ts';
import { addExamples } from '../cli/examples.ts';
import { addOutOption, type ForceOption, overwriting } from '../cli/out-option.ts';
import { Output, type OutputOptions, type Session } from '../cli/session.ts';
import { addOutputOptions, DTYPES } from '../cli/with-model.ts';
import { OutputIsSourceError, OutputNotEmptyError } from '../errors.ts';
import { openLocalDirectory } from '../files.ts';
import { provenanceOf } from '../provenance.ts';
import { expectWritable, type WriteFile, writeTogether } from '../staged-files.ts';

export interface ConvertCommandOptions extends OutputOptions, ForceOption {
  readonly out: string;
  readonly dtype?: Dtype;
}

/** Files of a checkpoint directory besides its weights. The configuration is required, the others optional. */
const COMPANIONS = [CONFIG_FILE, BERT_CONFIG_FILE, ...TOKENIZER_FILES];

export function registerConvert(program: Command, session: Session): void {
  const command = program
    .command('convert')
    .summary('write a checkpoint as safetensors')
    .description('Write a checkpoint directory as safetensors, optionally in 16 or 8 bits.')
    .argument('<checkpoint>', 'checkpoint directory, with .safetensors or .bin')
    .addOption(new Option('--dtype <type>', 'what weights become (default: as they are)').choices(DTYPES));
  addExamples(command, [
    ['convert path/to/checkpoint -o smaller --dtype f16', 'half the size'],
    ['convert path/to/checkpoint -o smallest --dtype q8', 'a quarter: for a web page'],
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
  const directory = await openLocalDirectory(source);
  await checkOutput(source, options);
  await expectWritable(options.out, [SAFETENSORS_FILE, ...COMPANIONS]);
  const hashed = new Fingerprint(await openCheckpoint(directory));
  const { checkpoint } = hashed; // hashes what is read through it
  try {
    const onWarning = ({ message }: BiomedClipError) => output.warn(message);
    const config = await readConfig(directory, checkpoint, onWarning);
    const { unexpected } = checkTensors(checkpoint, config);
    if (unexpected.length > 0) onWarning(new UnexpectedTensorsError(checkpoint.file, unexpected));
    let bytes = 0;
    await writeTogether(
      options.out,
      async (write) => {
        bytes = await writeWeights(
          checkpoint,
          { ...options, byRows: byRowsNames(config) },
          signal,
          output,
          write,
        );
        await copyCompanions(directory, write);
        throwIfAborted(signal);
      },
      overwriting(options),
    );
    const { out, dtype } = options;
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
  const tokenizer = await readTokenizerFiles(directory, config.text.kind).catch(() => undefined);
  return tokenizer && hashed.finish(config, tokenizer, { signal });
}

/** @throws {OutputIsSourceError} even with `force` @throws {OutputNotEmptyError} */
async function checkOutput(source: string, { out, force }: ConvertCommandOptions): Promise<void> {
  const target = await realpath(out).catch(() => resolve(out));
  if (target === (await realpath(source))) throw new OutputIsSourceError(out);
  const entries = await readdir(out).catch(() => []);
  if (entries.length > 0 && !force) throw new OutputNotEmptyError(out);
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

async function copyCompanions(directory: FileDirectory, write: WriteFile): Promise<void> {
  for (const name of COMPANIONS) {
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
