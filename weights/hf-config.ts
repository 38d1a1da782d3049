import { type FileDirectory, readText } from '../src/platform/files.ts';
import type { OnWarning } from '../src/platform/warnings.ts';
import type { ModelConfig } from './config.ts';
import { Fields } from './config-fields.ts';
import { PreprocessorNotFoundError } from './errors.ts';
import { hfImageConfig } from './hf-preprocessor.ts';
import { BERT_NAMES } from './tensor-names.ts';
import {
  type Activation,
  axisOf,
  type BertConfig,
  type ClipTextConfig,
  MOST_LAYERS,
  type Shapes,
  type TextTowerConfig,
  type TowerSizes,
} from './tower-config.ts';

/** transformers' file of how images are prepared. */
export const PREPROCESSOR_FILE = 'preprocessor_config.json';

const ACTIVATIONS: Readonly<Record<string, Activation>> = {
  quick_gelu: 'quickGelu',
  gelu: 'gelu',
  gelu_new: 'geluTanh',
  gelu_pytorch_tanh: 'geluTanh',
};

/** Which towers the checkpoint's names are of; see hf-names.ts. */
interface Towers {
  readonly image: 'timm' | 'open_clip';
  readonly text: 'bert' | 'clip';
}

/**
 * Reads transformers' `config.json` of a CLIP (CLIPConfig in configuration_clip.py, whose defaults absent fields have),
 * and the files beside it that say how images and texts are prepared.
 * @param file what messages call it
 * @param checkpoint by open_clip's names
 * @throws {ConfigFieldError} for a field that is malformed, or by which transformers computes something else
 */
export async function parseHfConfig(
  file: string,
  json: string,
  directory: FileDirectory,
  checkpoint: Shapes,
  onWarning: OnWarning,
): Promise<ModelConfig> {
  const root = Fields.parse(file, json);
  if (root.text('model_type') !== 'clip') throw root.error('model_type', '"clip"', root.value('model_type'));
  const [vision, text] = [partOf(root, 'vision_config'), partOf(root, 'text_config')];
  const towers: Towers = {
    image: checkpoint.tensors.has('visual.trunk.cls_token') ? 'timm' : 'open_clip',
    text: checkpoint.tensors.has(BERT_NAMES.words) ? 'bert' : 'clip',
  };
  const ours = root.object('biomedclip_webgpu', {});
  return {
    name: ours.text('name', `transformers' ${towers.text === 'bert' ? 'BiomedCLIP' : 'CLIP'}`),
    embedDim: root.integer('projection_dim', 512),
    image: {
      ...imageTower(vision, towers.image),
      ...hfImageConfig(vision, await preprocessor(directory, onWarning)),
    },
    text: await textTower(text, root, towers.text, directory, checkpoint),
    untrained: ours.flag('untrained', false),
  };
}

/** `text_config_dict`, of older versions, goes before `text_config` where both are there. */
function partOf(root: Fields, field: 'vision_config' | 'text_config'): Fields {
  return root.has(`${field}_dict`) ? root.object(`${field}_dict`) : root.object(field, {});
}

async function preprocessor(directory: FileDirectory, onWarning: OnWarning): Promise<Fields | undefined> {
  const json = await readText(directory, PREPROCESSOR_FILE);
  if (json !== undefined) return Fields.parse(`${directory.name}/${PREPROCESSOR_FILE}`, json);
  onWarning(new PreprocessorNotFoundError(directory.name, PREPROCESSOR_FILE));
  return undefined;
}

/** Sizes with the defaults of CLIPVisionConfig. */
function imageTower(vision: Fields, kind: Towers['image']) {
  const sizes = sizesOf(vision, { width: 768, heads: 12, mlpWidth: 3072 });
  const patch = vision.integer('patch_size', 32);
  if (kind === 'open_clip') {
    return { kind, patch, ...sizes, activation: activationOf(vision, 'quick_gelu'), preNorm: true } as const;
  }
  expectGelu(vision);
  return { kind, patch, ...sizes } as const;
}

/** The same of CLIPTextConfig; a BERT has its own. */
async function textTower(
  text: Fields,
  root: Fields,
  kind: Towers['text'],
  directory: FileDirectory,
  checkpoint: Shapes,
): Promise<TextTowerConfig> {
  if (kind === 'bert') return bert(text, root, directory, checkpoint);
  const vocabularySize = text.integer('vocab_size', 49408);
  const positions = text.integer('max_position_embeddings', 77, 2);
  expectEndOfText(text, vocabularySize);
  const tower: ClipTextConfig = {
    kind,
    prefix: '',
    ...sizesOf(text, { width: 512, heads: 8, mlpWidth: 2048 }),
    activation: activationOf(text, 'quick_gelu'),
    contextLength: positions,
    vocabularySize,
    positions,
  };
  return tower;
}

/** In CLIP's vocabulary, and transformers' default for any other. */
const END_OF_TEXT = 49407;

/** transformers pools at the end token, or where its id is 2 (an old error) at the highest id, which is the same. */
function expectEndOfText(text: Fields, vocabularySize: number): void {
  const end = text.integer('eos_token_id', END_OF_TEXT, 0);
  if (end === 2 || end === vocabularySize - 1) return;
  throw text.error('eos_token_id', `the highest id, ${vocabularySize - 1}`, end, 'it pools at another token');
}

async function bert(
  text: Fields,
  root: Fields,
  directory: FileDirectory,
  checkpoint: Shapes,
): Promise<BertConfig> {
  expectGelu(text);
  expectGelu(root.object('text_projection_config', {}));
  const absolute = text.text('position_embedding_type', 'absolute');
  if (absolute !== 'absolute') throw text.error('position_embedding_type', '"absolute"', absolute);
  const axis = axisOf(checkpoint);
  const positions = text.integer('max_position_embeddings', 512, 2);
  return {
    kind: 'bert',
    ...sizesOf(text, { width: 768, heads: 12, mlpWidth: 3072, eps: 1e-12 }),
    contextLength: Math.min(positions, await longestText(directory)),
    vocabularySize: text.integer('vocab_size', 30522),
    positions,
    tokenTypes: text.integer('type_vocab_size', 2),
    padding: text.integer('pad_token_id', 0, 0),
    projHidden: axis(`${BERT_NAMES.proj.mlp[0]}.weight`, 0),
  };
}

/** What the tokenizer cuts texts to, where it says so; transformers writes 1e30 where it does not. */
async function longestText(directory: FileDirectory): Promise<number> {
  const file = 'tokenizer_config.json';
  const json = await readText(directory, file);
  if (json === undefined) return Number.POSITIVE_INFINITY;
  const fields = Fields.parse(`${directory.name}/${file}`, json);
  return fields.has('model_max_length') ? fields.positive('model_max_length') : Number.POSITIVE_INFINITY;
}

function sizesOf(
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

function activationOf(fields: Fields, usual: string): Activation {
  const name = fields.text('hidden_act', usual);
  const activation = Object.hasOwn(ACTIVATIONS, name) ? ACTIVATIONS[name] : undefined;
  if (activation) return activation;
  const known = Object.keys(ACTIVATIONS).map((known) => `"${known}"`);
  throw fields.error('hidden_act', `one of ${known.join(', ')}`, name);
}

/** timm's ViT and BERT have the exact GELU alone. */
function expectGelu(fields: Fields): void {
  const name = fields.text('hidden_act', 'gelu');
  if (name !== 'gelu') throw fields.error('hidden_act', '"gelu"', name);
}
