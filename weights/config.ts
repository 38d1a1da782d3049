import { type FileDirectory, readText } from '../src/platform/files.ts';
import { type OnWarning, warnOnConsole } from '../src/platform/warnings.ts';
import { openCheckpoint } from './checkpoint.ts';
import { Fields, LEAST_F32 } from './config-fields.ts';
import {
  ConfigNotFoundError,
  TokenizerNameError,
  TooManyLayersError,
  UnknownFieldsError,
  UnknownModelNameError,
  UnusualModelError,
} from './errors.ts';
import { expectComputed } from './open-clip-fields.ts';
import type { Checkpoint } from './tensor-info.ts';
import { TEXT, VISUAL } from './tensor-names.ts';

export const CONFIG_FILE = 'open_clip_config.json';

/** A model as data: everything that the engine needs besides the weights. */
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
  /** Each head is 64 wide. */
  readonly heads: number;
  /** Width of the MLP's hidden layer. */
  readonly mlpWidth: number;
  /** Epsilon of every LayerNorm. */
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
  /** Id of the padding token. */
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

// What the names in the file stand for. eps is nowhere else; the rest is in the tensors, and says what is missing
// where some are.
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
/** Width of a head in both towers, as in every ViT and BERT of this size. */
const HEAD_WIDTH = 64;
/** The most layers of a tower; no published one has a tenth of that. */
const MOST_LAYERS = 1000;
// open_clip's defaults; the last two are its OPENAI_DATASET_MEAN and _STD.
const DEFAULT_CONTEXT = 77;
const DEFAULT_IMAGE_SIZE = 224;
const DEFAULT_MEAN = [0.48145466, 0.4578275, 0.40821073];
const DEFAULT_STD = [0.26862954, 0.26130258, 0.27577711];

/**
 * Reads `open_clip_config.json`, and from the tensors the sizes: widths, depths, vocabulary, positions, patch. A
 * top-level `biomedclip_webgpu` block (`{ name, untrained, image: { depth, heads, eps }, text: { depth, heads, eps,
 * padding } }`) takes precedence over the table of known models. Absent fields have open_clip's defaults. The shapes
 * themselves are checked by `checkTensors`.
 * @param checkpoint by default the directory's, opened for this alone
 * @param onWarning called for unknown fields, for names that contradict each other, and for sizes that differ from the
 *   named model's
 * @throws {ConfigNotFoundError | ConfigJsonError}
 * @throws {ConfigFieldError} for a field that is missing, malformed, or by which open_clip computes something else
 * @throws {UnknownModelNameError} listing the known models
 * @throws {TooManyLayersError}
 */
export async function readConfig(
  directory: FileDirectory,
  checkpoint?: Checkpoint,
  onWarning: OnWarning = warnOnConsole,
): Promise<ModelConfig> {
  if (!checkpoint) return readConfigAlone(directory, onWarning);
  const json = await readText(directory, CONFIG_FILE);
  if (json === undefined) throw new ConfigNotFoundError(directory.name, CONFIG_FILE);
  return parseConfig(`${directory.name}/${CONFIG_FILE}`, json, checkpoint, onWarning);
}

async function readConfigAlone(directory: FileDirectory, onWarning: OnWarning): Promise<ModelConfig> {
  const checkpoint = await openCheckpoint(directory);
  try {
    return await readConfig(directory, checkpoint, onWarning);
  } finally {
    await checkpoint.close();
  }
}

/** {@link readConfig} from the file's text; `file` is what error messages call it. */
export function parseConfig(
  file: string,
  json: string,
  checkpoint: Shapes,
  onWarning: OnWarning = warnOnConsole,
): ModelConfig {
  const root = Fields.parse(file, json);
  const model = root.object('model_cfg');
  const vision = model.object('vision_cfg');
  const text = model.object('text_cfg');
  const preprocess = root.object('preprocess_cfg', {});
  const ours = root.object('biomedclip_webgpu', {});
  const towers = { image: ours.object('image', {}), text: ours.object('text', {}) };
  const unknown = [
    ...expectComputed({ root, model, vision, text, preprocess }),
    ...ours.unknown(['name', 'untrained', 'image', 'text']),
    ...towers.image.unknown(['depth', 'heads', 'eps']),
    ...towers.text.unknown(['depth', 'heads', 'eps', 'padding']),
  ];
  if (unknown.length > 0) onWarning(new UnknownFieldsError(file, unknown));
  const [tokenizer, bert] = [text.text('hf_tokenizer_name'), text.text('hf_model_name')];
  if (tokenizer !== bert) onWarning(new TokenizerNameError(file, tokenizer, bert));
  return {
    name: ours.text('name', `${vision.text('timm_model_name')} + ${bert}`),
    embedDim: model.integer('embed_dim'),
    image: imageConfig(vision, preprocess, towers.image, checkpoint, onWarning),
    text: textConfig(text, towers.text, checkpoint, onWarning),
    untrained: ours.flag('untrained', false),
  };
}

type Shapes = Pick<Checkpoint, 'file' | 'tensors'>;

function imageConfig(
  vision: Fields,
  preprocess: Fields,
  ours: Fields,
  checkpoint: Shapes,
  onWarning: OnWarning,
): ImageTowerConfig {
  const axis = axisOf(checkpoint);
  const size = vision.integer('image_size', DEFAULT_IMAGE_SIZE);
  const patch = axis(`${VISUAL.patchEmbed}.weight`, 3);
  // Without that tensor the patch is 0, and checkTensors gives the better message.
  if (patch > 0 && size % patch !== 0) {
    throw vision.error('image_size', `a multiple of the checkpoint's patch of ${patch}`, size);
  }
  const found = {
    width: axis(VISUAL.positions, 2),
    depth: countLayers(checkpoint, VISUAL.blocks),
    mlpWidth: axis(`${VISUAL.block(0)}.mlp.fc1.weight`, 0),
  };
  return {
    size,
    patch,
    ...towerFacts(vision, 'timm_model_name', TIMM_MODELS, ours, found, onWarning),
    ...normalization(preprocess),
  };
}

/** The GPU computes (pixel - mean) / std in f32, for pixels of 0 to 1. */
function normalization(preprocess: Fields): Pick<ImageTowerConfig, 'mean' | 'std'> {
  const inF32 = (value: number) => Number.isFinite(Math.fround(value));
  const mean = preprocess.triple('mean', DEFAULT_MEAN, 'numbers that f32 holds', inF32);
  const positive = (value: number) => Math.fround(value) >= LEAST_F32 && inF32(value);
  const std = preprocess.triple('std', DEFAULT_STD, 'positive numbers that f32 holds', positive);
  if (!std.every((value, c) => inF32((1 + Math.abs(mean[c] ?? 0)) / value))) {
    throw preprocess.error('std', 'three numbers by which (pixel - mean) / std fits f32', std);
  }
  return { mean, std };
}

function textConfig(text: Fields, ours: Fields, checkpoint: Shapes, onWarning: OnWarning): TextTowerConfig {
  const axis = axisOf(checkpoint);
  const positions = axis(TEXT.positions, 0);
  const contextLength = text.integer('context_length', DEFAULT_CONTEXT, 2);
  // Without that tensor there are 0 positions, and checkTensors gives the better message.
  if (positions > 0 && contextLength > positions) {
    throw text.error('context_length', `at most the checkpoint's ${positions} positions`, contextLength);
  }
  const found = {
    width: axis(TEXT.words, 1),
    depth: countLayers(checkpoint, TEXT.layers),
    mlpWidth: axis(`${TEXT.layer(0)}.intermediate.dense.weight`, 0),
  };
  return {
    ...towerFacts(text, 'hf_model_name', HF_MODELS, ours, found, onWarning),
    contextLength,
    vocabularySize: axis(TEXT.words, 0),
    positions,
    tokenTypes: axis(TEXT.tokenTypes, 0),
    padding: ours.integer('padding', HF_MODELS[text.text('hf_model_name')]?.padding ?? 0, 0),
    projHidden: axis(`${TEXT.proj[0]}.weight`, 0),
  };
}

/**
 * The sizes found in the tensors. If one is missing (0), or there are fewer layers than the `biomedclip_webgpu` block
 * or the model's name says, the expected size, so that `checkTensors` names what is missing.
 */
function towerFacts(
  cfg: Fields,
  nameField: string,
  table: Readonly<Record<string, TowerFacts>>,
  ours: Fields,
  found: Omit<TowerFacts, 'eps'>,
  onWarning: OnWarning,
): TowerFacts & { readonly heads: number } {
  const name = cfg.text(nameField);
  const known = Object.hasOwn(table, name) ? table[name] : undefined;
  if (!known && !ours.has('eps'))
    throw new UnknownModelNameError(cfg.file, nameField, name, Object.keys(table));
  const usual = ours.has('eps') ? undefined : known;
  const width = found.width || (usual?.width ?? 0);
  const mlpWidth = found.mlpWidth || (usual?.mlpWidth ?? 0);
  const heads = ours.integer('heads', Math.floor(width / HEAD_WIDTH), 0);
  if (heads * HEAD_WIDTH !== width) {
    throw ours.error('heads', `the width of ${width} / ${HEAD_WIDTH}`, heads);
  }
  const wanted = ours.integer('depth', usual?.depth ?? 1, 1, MOST_LAYERS);
  if (ours.has('depth') && wanted < found.depth) {
    throw ours.error('depth', `the checkpoint's ${found.depth} layers`, wanted);
  }
  const facts = { width, depth: Math.max(found.depth, wanted), mlpWidth };
  for (const size of ['width', 'depth', 'mlpWidth'] as const) {
    if (!usual || usual[size] === facts[size] || (size === 'depth' && ours.has('depth'))) continue;
    onWarning(new UnusualModelError(cfg.file, name, size, usual[size], facts[size]));
  }
  return { ...facts, heads, eps: ours.fraction('eps', known?.eps) };
}

/** The size of a tensor's axis, or 0 if the tensor is missing, which `checkTensors` reports. */
function axisOf({ tensors }: Shapes) {
  return (tensor: string, axis: number) => tensors.get(tensor)?.shape[axis] ?? 0;
}

/** The number of layers. A gap in their numbering is reported by `checkTensors`. */
function countLayers({ file, tensors }: Shapes, prefix: string): number {
  const numbers = new Set(
    [...tensors.keys()]
      .filter((name) => name.startsWith(prefix))
      .map((name) => Number.parseInt(name.slice(prefix.length), 10))
      .filter(Number.isSafeInteger),
  );
  if (numbers.size > MOST_LAYERS) throw new TooManyLayersError(file, prefix, numbers.size, MOST_LAYERS);
  return numbers.size;
}
