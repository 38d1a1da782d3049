import { isJsonObject } from '../src/arguments.ts';
import { type FileDirectory, readText } from '../src/platform/files.ts';
import { ConfigNotFoundError } from './errors.ts';

export const CONFIG_FILE = 'open_clip_config.json';
/** transformers'. */
export const HF_CONFIG_FILE = 'config.json';

/** A configuration as it was found. */
export interface ConfigText {
  /** Its name in error messages. */
  readonly file: string;
  readonly json: string;
  /** Whether the fields are open_clip's; transformers' have a `model_type`. */
  readonly ofOpenClip: boolean;
}

/**
 * The configuration that was given, else `open_clip_config.json`, else `config.json`.
 * @throws {ConfigNotFoundError} if there is none
 */
export async function configText(directory: FileDirectory): Promise<ConfigText> {
  if (directory.config) return { ...known(directory.config.json), file: directory.config.name };
  const json = await readText(directory, CONFIG_FILE);
  if (json !== undefined) return { file: `${directory.name}/${CONFIG_FILE}`, json, ofOpenClip: true };
  const theirs = await readText(directory, HF_CONFIG_FILE);
  if (theirs === undefined) throw new ConfigNotFoundError(directory.name, CONFIG_FILE);
  return { ...known(theirs), file: `${directory.name}/${HF_CONFIG_FILE}` };
}

function known(json: string): Pick<ConfigText, 'json' | 'ofOpenClip'> {
  try {
    const value: unknown = JSON.parse(json);
    return { json, ofOpenClip: !isJsonObject(value) || !('model_type' in value) };
  } catch {
    return { json, ofOpenClip: true }; // whose parser says what is wrong
  }
}
