import type { OnWarning } from '../src/platform/warnings.ts';
import type { Fields } from './config-fields.ts';
import { UnknownModelNameError, UnusualModelError } from './errors.ts';
import { BERT_POOLERS, FORMER_NAMES } from './named-tower-fields.ts';
import { BERT_NAMES, VIT_NAMES } from './tensor-names.ts';
import {
  axisOf,
  type BertConfig,
  countLayers,
  MOST_LAYERS,
  type Shapes,
  type TimmVitConfig,
  type TowerSizes,
} from './tower-config.ts';

// Towers that the configuration names by a model of timm's or Hugging Face's.

interface TowerFacts extends Omit<TowerSizes, 'heads'> {
  readonly padding?: number;
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

/** The tower's own facts: what names and tensors say. `ours` is its part of the `biomedclip_webgpu` block. */
export function timmVitConfig(
  vision: Fields,
  embedDim: number,
  ours: Fields,
  checkpoint: Shapes,
  onWarning: OnWarning,
): Omit<TimmVitConfig, 'size' | 'mean' | 'std'> {
  const axis = axisOf(checkpoint);
  const names = VIT_NAMES.timm;
  const found = {
    width: axis(names.positions, 2),
    depth: countLayers(checkpoint, names.blocks.prefix),
    mlpWidth: axis(`${names.blocks.prefix}0.${names.blocks.fc1}.weight`, 0),
  };
  const sizes = towerFacts(vision, 'timm_model_name', TIMM_MODELS, ours, found, onWarning);
  return {
    kind: 'timm',
    patch: axis(`${names.patchEmbed}.weight`, 3),
    ...sizes,
    ...timmHead(vision, sizes.width, embedDim),
  };
}

/**
 * What open_clip's TimmModel builds behind the blocks. With a projection of its own it takes timm's usual model, whose
 * LayerNorm stands before pooling; without one it lets timm build the model for that pooling, and for a mean timm puts
 * the LayerNorm behind it.
 */
function timmHead(
  vision: Fields,
  width: number,
  embedDim: number,
): Pick<TimmVitConfig, 'pool' | 'normAfterPool' | 'proj'> {
  const pool = vision.value('timm_pool') === undefined ? 'avg' : vision.value('timm_pool');
  const projection = vision.value('timm_proj') === undefined ? 'linear' : vision.value('timm_proj');
  const bias = vision.flag('timm_proj_bias', false);
  const mean = pool === 'avg' ? ({ pool: 'mean' } as const) : {};
  if (projection === 'linear') return { ...mean, ...(bias && { proj: { kind: 'linear', bias } }) };
  if (projection === 'mlp') return { ...mean, proj: { kind: 'mlp', bias, hidden: 2 * embedDim } };
  if (pool === '') {
    const meaning =
      "without a projection of open_clip's own, timm then gives all tokens' states, no embedding";
    throw vision.error('timm_pool', '"token" or "avg"', pool, meaning);
  }
  if (projection === 'none' && width !== embedDim) {
    const meaning = `without a projection images have the width of ${width}`;
    throw vision.error('timm_proj', `"linear" or "mlp" for embeddings of ${embedDim}`, projection, meaning);
  }
  const proj =
    projection === 'none'
      ? ({ kind: 'none', bias: false } as const)
      : ({ kind: 'trunk', bias: true } as const);
  return { ...mean, ...(pool === 'avg' && { normAfterPool: true }), proj };
}

/** The same of a BERT, all but its context. */
export function bertConfig(
  text: Fields,
  embedDim: number,
  ours: Fields,
  checkpoint: Shapes,
  onWarning: OnWarning,
): Omit<BertConfig, 'contextLength'> {
  const axis = axisOf(checkpoint);
  const found = {
    width: axis(BERT_NAMES.words, 1),
    depth: countLayers(checkpoint, BERT_NAMES.layers),
    mlpWidth: axis(`${BERT_NAMES.layer(0)}.intermediate.dense.weight`, 0),
  };
  const sizes = towerFacts(text, 'hf_model_name', HF_MODELS, ours, found, onWarning);
  return {
    kind: 'bert',
    ...sizes,
    vocabularySize: axis(BERT_NAMES.words, 0),
    positions: axis(BERT_NAMES.positions, 0),
    tokenTypes: axis(BERT_NAMES.tokenTypes, 0),
    padding: ours.integer('padding', HF_MODELS[text.text('hf_model_name')]?.padding ?? 0, 0),
    ...bertPool(text),
    ...bertProjection(text, sizes.width, embedDim, checkpoint),
  };
}

/** By default the mean; null is open_clip's choice for a BERT, [CLS] without BERT's pooling layer. */
function bertPool(text: Fields): Pick<BertConfig, 'pool'> {
  const value = renamed(text, 'hf_pooler_type');
  const pool = value === null ? undefined : BERT_POOLERS[String(value ?? 'mean_pooler')];
  return pool ? { pool } : {};
}

/** @throws {ConfigFieldError} where there is none, but the width is another than that of embeddings */
function bertProjection(
  text: Fields,
  width: number,
  embedDim: number,
  checkpoint: Shapes,
): Pick<BertConfig, 'proj' | 'projHidden'> {
  const value = renamed(text, 'hf_proj_type');
  if (value === 'linear') return {};
  if (value !== null) return { projHidden: axisOf(checkpoint)(`${BERT_NAMES.proj.mlp[0]}.weight`, 0) };
  if (width === embedDim) return { proj: 'none' };
  const meaning = 'open_clip then builds no projection, and fails';
  throw text.error('hf_proj_type', `"mlp" or "linear" for embeddings of ${embedDim}`, value, meaning);
}

/** A field's value, or else that of its former name; undefined where both are absent. */
function renamed(text: Fields, field: keyof typeof FORMER_NAMES): unknown {
  const value = text.value(field);
  return value === undefined ? text.value(FORMER_NAMES[field]) : value;
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
): TowerSizes {
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
