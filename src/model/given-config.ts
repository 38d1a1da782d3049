import { CONFIG_FILE, HF_CONFIG_FILE } from '../../weights/config-text.ts';
import { PREPROCESSOR_FILE } from '../../weights/hf-fields.ts';
import type { LoadOptions } from '../api.ts';
import { InvalidOptionError } from '../errors.ts';
import { FileReadError } from '../platform/errors.ts';
import { type FileDirectory, readText } from '../platform/files.ts';
import type { Platform } from '../platform/platform.ts';
import { TOKENIZER_FILES } from '../text/tokenizers.ts';

/**
 * A checkpoint with the configuration that was given. Where no tokenizer lies beside the weights, it is the one beside
 * the configuration; files of the two are not mixed.
 * @throws {FileReadError} where there is no such configuration
 */
export async function withGivenConfig(
  { openDirectory }: Pick<Platform, 'openDirectory'>,
  directory: FileDirectory,
  config: LoadOptions['config'],
): Promise<FileDirectory> {
  if (config === undefined) return directory;
  if (config instanceof Blob) {
    return { ...directory, config: { name: nameOf(config), json: await config.text() } };
  }
  if (typeof config !== 'string' && !(config instanceof URL)) {
    return { ...directory, config: { name: 'the option config', json: JSON.stringify(config) } };
  }
  const name = String(config);
  const [folder, file] = split(name);
  const beside = await openDirectory(folder, {});
  const json = await readText(beside, file);
  if (json === undefined) throw new FileReadError(name, 'there is no such file');
  const tokenizer = (await hasTokenizer(directory)) ? directory : beside;
  return {
    ...directory,
    config: { name, json },
    open(wanted) {
      if (wanted === PREPROCESSOR_FILE || wanted === HF_CONFIG_FILE) return beside.open(wanted); // parts of it
      return (isTokenizerFile(wanted) ? tokenizer : directory).open(wanted);
    },
  };
}

function nameOf(blob: Blob): string {
  return 'name' in blob && typeof blob.name === 'string' ? blob.name : CONFIG_FILE;
}

/** The folder, as a source of its own, and the name in it. @throws {InvalidOptionError} for no name of a JSON file */
function split(path: string): [string, string] {
  const [, folder = '', file = ''] = /^(.*[/\\])?([^/\\?]*\.json)$/.exec(path) ?? [];
  if (file === '') throw new InvalidOptionError('config', 'the path or URL of a .json file', path);
  return [folder === '' ? './' : folder, file];
}

function isTokenizerFile(file: string): boolean {
  return TOKENIZER_FILES.some((known) => known === file);
}

async function hasTokenizer(directory: FileDirectory): Promise<boolean> {
  for (const file of TOKENIZER_FILES) {
    const source = await directory.open(file);
    await source?.close();
    if (source) return true;
  }
  return false;
}
