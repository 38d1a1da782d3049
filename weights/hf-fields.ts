import { type FileDirectory, readText } from '../src/platform/files.ts';
import type { OnWarning } from '../src/platform/warnings.ts';
import { Fields } from './config-fields.ts';
import { PreprocessorNotFoundError } from './errors.ts';
import { type Activation, MOST_LAYERS, type TowerSizes } from './tower-config.ts';

// What the configurations of transformers' models have in common.

/** transformers' file of how images are prepared. */
export const PREPROCESSOR_FILE = 'preprocessor_config.json';

const TOKENIZER_FILE = 'tokenizer_config.json';

const ACTIVATIONS: Readonly<Record<string, Activation>> = {
  quick_gelu: 'quickGelu',
  gelu: 'gelu',
  gelu_new: 'geluTanh',
  gelu_pytorch_tanh: 'geluTanh',
};

/** `text_config_dict`, of older versions, goes before `text_config` where both are there. */
export function partOf(root: Fields, field: 'vision_config' | 'text_config'): Fields {
  return root.has(`${field}_dict`) ? root.object(`${field}_dict`) : root.object(field, {});
}

/** Undefined without the file, with a warning that says how images are prepared then. */
export async function readPreprocessor(
  directory: FileDirectory,
  usual: string,
  onWarning: OnWarning,
): Promise<Fields | undefined> {
  const json = await readText(directory, PREPROCESSOR_FILE);
  if (json !== undefined) return Fields.parse(`${directory.name}/${PREPROCESSOR_FILE}`, json);
  onWarning(new PreprocessorNotFoundError(directory.name, PREPROCESSOR_FILE, usual));
  return undefined;
}

/** What its tokenizer is told; undefined without the file. */
export async function readTokenizerConfig(directory: FileDirectory): Promise<Fields | undefined> {
  const json = await readText(directory, TOKENIZER_FILE);
  return json === undefined ? undefined : Fields.parse(`${directory.name}/${TOKENIZER_FILE}`, json);
}

/** Sizes of a tower; absent fields have the defaults of its class. */
export function sizesOf(
  fields: Fields,
  usual: { readonly width: number; readonly heads: number; readonly mlpWidth: number; readonly eps?: number },
): TowerSizes {
  const width = fields.integer('hidden_size', usual.width);
  const heads = fields.integer('num_attention_heads', usual.heads);
  if (width % (4 * heads) !== 0) {
    throw fields.error(
      'num_attention_heads',
      `a number by which the width of ${width} gives a multiple of 4`,
      heads,
    );
  }
  return {
    width,
    heads,
    depth: fields.integer('num_hidden_layers', 12, 1, MOST_LAYERS),
    mlpWidth: fields.integer('intermediate_size', usual.mlpWidth),
    eps: fields.fraction('layer_norm_eps', usual.eps ?? 1e-5),
  };
}

export function activationOf(fields: Fields, usual: string): Activation {
  const name = fields.text('hidden_act', usual);
  const activation = Object.hasOwn(ACTIVATIONS, name) ? ACTIVATIONS[name] : undefined;
  if (activation) return activation;
  const known = Object.keys(ACTIVATIONS).map((known) => `"${known}"`);
  throw fields.error('hidden_act', `one of ${known.join(', ')}`, name);
}
