import { type FileDirectory, readText } from '../src/files.ts';
import { Fields } from './config-fields.ts';
import { ConfigNotFoundError, UnknownModelNameError } from './errors.ts';
import type { Checkpoint } from './tensor-info.ts';

export const CONFIG_FILE = 'open_clip_config.json';

/** A BiomedCLIP as data: everything that the engine needs to know besides the weights. */
export interface ModelConfig {
  readonly name: string;
  /** D, the width of an embedding. */
  readonly embedDim: number;
  readonly image: ImageTowerConfig;
  readonly text: TextTowerConfig;
  /** Seeded weights: embeddings mean nothing, and every place that shows results says so. */
  readonly untrained: boolean;
}

/** A ViT with timm's names. Tokens: (size / patch)^2 patches, after one CLS. */
export interface ImageTowerConfig {
  /** Pixels a side. */
  readonly size: number;
  readonly patch: number;
  readonly width: number;
  readonly depth: number;
  /** Each of width / heads = 64. */
  readonly heads: number;
  /** Of the MLP's hidden layer. */
  readonly mlpWidth: number;
  /** Of every LayerNorm. */
  readonly eps: number;
  /** Per channel, of pixels in 0 to 1. */
  readonly mean: readonly [number, number, number];
  readonly std: readonly [number, number, number];
}

/** A BERT with Hugging Face's names, and open_clip's two-layer projection behind it. */
export interface TextTowerConfig {
  readonly width: number;
  readonly depth: number;
  readonly heads: number;
  /** BERT's intermediate size. */
  readonly mlpWidth: number;
  readonly eps: number;
  /** Tokens a text is cut to, [CLS] and [SEP] included. */
  readonly contextLength: number;
  readonly vocabularySize: number;
  /** Rows of the position embedding, at least contextLength. */
  readonly positions: number;
  readonly tokenTypes: number;
  /** The id that pads a text. */
  readonly padding: number;
  /** Hidden width of the projection. */
  readonly projHidden: number;
}

interface TowerFacts {
  readonly width: number;
  readonly depth: number;
  readonly mlpWidth: number;
  readonly eps: number;
}

// What the names in the file stand for. eps is nowhere else; the rest is in the tensors' shapes too, but a
// damaged checkpoint is to be measured against what it should be.
const TIMM_MODELS: Readonly<Record<string, TowerFacts>> = {
  vit_base_patch16_224: { width: 768, depth: 12, mlpWidth: 3072, eps: 1e-6 },
};
const HF_MODELS: Readonly<Record<string, TowerFacts & { readonly padding: number }>> = {
  'microsoft/BiomedNLP-BiomedBERT-base-uncased-abstract': {
    width: 768,
    depth: 12,
    mlpWidth: 3072,
    eps: 1e-12,
    padding: 0,
  },
};
/** In both towers, as in every ViT and BERT of this size. */
const HEAD_WIDTH = 64;
// open_clip's OPENAI_DATASET_MEAN and _STD, its defaults.
const DEFAULT_MEAN = [0.48145466, 0.4578275, 0.40821073];
const DEFAULT_STD = [0.26862954, 0.26130258, 0.27577711];

/**
 * Reads `open_clip_config.json`, and from the checkpoint's shapes what neither it nor its models' names tell:
 * vocabulary, positions, patch, and for unknown names widths and depths. A top-level `biomedclip_webgpu` block
 * (`{ name, untrained, image: { depth, heads, eps }, text: { depth, heads, eps, padding } }`) goes before the
 * table of known models. The shapes themselves are checked by `checkTensors`.
 * @throws {ConfigNotFoundError | ConfigJsonError}
 * @throws {ConfigFieldError} for a field that is missing, malformed, or asks for another architecture
 * @throws {UnknownModelNameError} listing the known models
 */
export async function loadConfig(directory: FileDirectory, checkpoint: Checkpoint): Promise<ModelConfig> {
  const json = await readText(directory, CONFIG_FILE);
  if (json === undefined) throw new ConfigNotFoundError(directory.name, CONFIG_FILE);
  return parseConfig(`${directory.name}/${CONFIG_FILE}`, json, checkpoint);
}

/** {@link loadConfig} from the file's text; `file` is what error messages call it. */
export function parseConfig(
  file: string,
  json: string,
  checkpoint: Pick<Checkpoint, 'tensors'>,
): ModelConfig {
  const root = Fields.parse(file, json);
  const model = root.object('model_cfg');
  const ours = root.object('biomedclip_webgpu', {});
  const vision = model.object('vision_cfg');
  const text = model.object('text_cfg');
  return {
    name: ours.text('name', `${vision.text('timm_model_name')} + ${text.text('hf_model_name')}`),
    embedDim: model.integer('embed_dim'),
    image: imageConfig(vision, root.object('preprocess_cfg', {}), ours.object('image', {}), checkpoint),
    text: textConfig(text, ours.object('text', {}), checkpoint),
    untrained: ours.flag('untrained', false),
  };
}

function imageConfig(
  vision: Fields,
  preprocess: Fields,
  ours: Fields,
  checkpoint: Pick<Checkpoint, 'tensors'>,
): ImageTowerConfig {
  vision.only('timm_pool', '');
  vision.only('timm_proj', 'linear');
  preprocess.only('interpolation', 'bicubic');
  preprocess.only('resize_mode', 'shortest');
  preprocess.only('mode', 'RGB');
  const axis = axisOf(checkpoint);
  const size = vision.integer('image_size');
  const patch = axis('visual.trunk.patch_embed.proj.weight', 3);
  // With no such tensor (a patch of 0) checkTensors has the better message.
  if (patch > 0 && size % patch !== 0) {
    throw vision.error('image_size', `a multiple of the checkpoint's patch of ${patch}`, size);
  }
  return {
    size,
    patch,
    ...towerFacts(vision, 'timm_model_name', TIMM_MODELS, ours, {
      width: axis('visual.trunk.pos_embed', 2),
      depth: countLayers(checkpoint, 'visual.trunk.blocks.'),
      mlpWidth: axis('visual.trunk.blocks.0.mlp.fc1.weight', 0),
    }),
    mean: preprocess.triple('mean', DEFAULT_MEAN),
    std: preprocess.triple('std', DEFAULT_STD, 'positive numbers', (value) => value > 0),
  };
}

function textConfig(text: Fields, ours: Fields, checkpoint: Pick<Checkpoint, 'tensors'>): TextTowerConfig {
  text.only('hf_proj_type', 'mlp');
  text.only('hf_pooler_type', 'cls_last_hidden_state_pooler');
  const axis = axisOf(checkpoint);
  const bert = 'text.transformer.';
  const positions = axis(`${bert}embeddings.position_embeddings.weight`, 0);
  const contextLength = text.integer('context_length');
  // With no such tensor (0 positions) checkTensors has the better message.
  if (positions > 0 && contextLength > positions) {
    throw text.error('context_length', `at most the checkpoint's ${positions} positions`, contextLength);
  }
  return {
    ...towerFacts(text, 'hf_model_name', HF_MODELS, ours, {
      width: axis(`${bert}embeddings.word_embeddings.weight`, 1),
      depth: countLayers(checkpoint, `${bert}encoder.layer.`),
      mlpWidth: axis(`${bert}encoder.layer.0.intermediate.dense.weight`, 0),
    }),
    contextLength,
    vocabularySize: axis(`${bert}embeddings.word_embeddings.weight`, 0),
    positions,
    tokenTypes: axis(`${bert}embeddings.token_type_embeddings.weight`, 0),
    padding: ours.integer('padding', HF_MODELS[text.text('hf_model_name')]?.padding ?? 0, 0),
    projHidden: axis('text.proj.0.weight', 0),
  };
}

/** From our own block, else from the table, else (all but eps) from the shapes. */
function towerFacts(
  cfg: Fields,
  nameField: string,
  table: Readonly<Record<string, TowerFacts>>,
  ours: Fields,
  shapes: Omit<TowerFacts, 'eps'>,
): TowerFacts & { readonly heads: number } {
  const name = cfg.text(nameField);
  const known = Object.hasOwn(table, name) ? table[name] : undefined;
  if (!known && !ours.has('eps'))
    throw new UnknownModelNameError(cfg.file, nameField, name, Object.keys(table));
  const { width, depth, mlpWidth } = ours.has('eps') ? shapes : { ...shapes, ...known };
  const heads = ours.integer('heads', Math.floor(width / HEAD_WIDTH), 0);
  if (heads * HEAD_WIDTH !== width) {
    throw ours.error('heads', `the width of ${width} / ${HEAD_WIDTH}`, heads);
  }
  return { width, depth: ours.integer('depth', depth), heads, mlpWidth, eps: ours.number('eps', known?.eps) };
}

/** The size of a tensor's axis, or 0 where it is missing: that is for `checkTensors` to report. */
function axisOf({ tensors }: Pick<Checkpoint, 'tensors'>) {
  return (tensor: string, axis: number) => tensors.get(tensor)?.shape[axis] ?? 0;
}

function countLayers({ tensors }: Pick<Checkpoint, 'tensors'>, prefix: string): number {
  const indices = [...tensors.keys()]
    .filter((name) => name.startsWith(prefix))
    .map((name) => Number.parseInt(name.slice(prefix.length), 10))
    .filter(Number.isSafeInteger);
  return indices.reduce((most, index) => Math.max(most, index), 0) + 1;
}
