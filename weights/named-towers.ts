import type { OnWarning } from '../src/platform/warnings.ts';
import type { Fields } from './config-fields.ts';
import { AssumedBertError, UnknownModelNameError, UnusualModelError } from './errors.ts';
import {
  BERT_FORMS,
  type BertFacts,
  bertFacts,
  isSiglip,
  type ModelFacts,
  TIMM_FORMS,
  type TimmFacts,
  timmFacts,
  USUAL_BERT,
} from './known-models.ts';
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

/** Of a head, where no name says another. */
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
  const name = vision.text('timm_model_name');
  const known = timmFacts(name);
  if (!known && !ours.has('eps'))
    throw new UnknownModelNameError(vision.file, 'timm_model_name', name, TIMM_FORMS);
  const sizes = towerSizes(vision, name, known, ours, found, onWarning);
  const siglip = isSiglip(name);
  const preNorm = known?.preNorm ?? checkpoint.tensors.has(`${names.preNorm}.weight`);
  return {
    kind: 'timm',
    patch: axis(`${names.patchEmbed}.weight`, 3),
    ...sizes,
    ...(preNorm && { preNorm }),
    ...(siglip && { classToken: false }),
    ...activationOf(known, ours),
    ...timmHead(vision, sizes.width, embedDim, siglip),
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
  siglip: boolean,
): Pick<TimmVitConfig, 'pool' | 'normAfterPool' | 'proj'> {
  const projection = vision.value('timm_proj') === undefined ? 'linear' : vision.value('timm_proj');
  const bias = vision.flag('timm_proj_bias', false);
  const pooledBy = timmPool(vision, siglip, projection === 'linear' || projection === 'mlp');
  const pool =
    pooledBy === 'avg'
      ? ({ pool: 'mean' } as const)
      : pooledBy === 'map'
        ? ({ pool: 'attention' } as const)
        : {};
  if (projection === 'linear') return { ...pool, ...(bias && { proj: { kind: 'linear', bias } }) };
  if (projection === 'mlp') return { ...pool, proj: { kind: 'mlp', bias, hidden: 2 * embedDim } };
  if (projection === 'none' && width !== embedDim) {
    const meaning = `without a projection images have the width of ${width}`;
    throw vision.error('timm_proj', `"linear" or "mlp" for embeddings of ${embedDim}`, projection, meaning);
  }
  const proj =
    projection === 'none'
      ? ({ kind: 'none', bias: false } as const)
      : ({ kind: 'trunk', bias: true } as const);
  return { ...pool, ...(pooledBy === 'avg' && { normAfterPool: true }), proj };
}

/**
 * What tokens are pooled by: `timm_pool`, or the model's own way where open_clip leaves it that.
 * @param ownHead whether the projection is open_clip's
 * @throws {ConfigFieldError} for what such a model cannot be pooled by
 */
function timmPool(vision: Fields, siglip: boolean, ownHead: boolean): unknown {
  const asked = vision.value('timm_pool') === undefined ? 'avg' : vision.value('timm_pool');
  const pool = siglip && (asked === null || (ownHead && !asked)) ? 'map' : asked;
  if (pool === 'token' && siglip) {
    throw vision.error('timm_pool', '"map" or "avg"', pool, 'the model has no class token');
  }
  if (pool === 'map' && ownHead && !siglip) {
    const meaning = 'timm adds no attention pooling to a built model';
    throw vision.error('timm_pool', '"token", "avg" or ""', pool, meaning);
  }
  if (pool === '' && !ownHead) {
    const meaning =
      "without a projection of open_clip's own, timm then gives all tokens' states, no embedding";
    throw vision.error('timm_pool', siglip ? '"map" or "avg"' : '"token", "avg" or "map"', pool, meaning);
  }
  return pool;
}

/** What the block says, or else what the name stands for. */
function activationOf(known: TimmFacts | undefined, ours: Fields): Pick<TimmVitConfig, 'activation'> {
  if (known && !ours.has('activation')) return known.activation ? { activation: known.activation } : {};
  const activation = ours.text('activation', 'gelu');
  if (activation === 'gelu') return {};
  if (activation === 'quickGelu' || activation === 'geluTanh') return { activation };
  throw ours.error('activation', '"gelu", "quickGelu" or "geluTanh"', activation);
}

/** The same of a BERT, all but its context. @param own what its own configuration says, where it lies beside */
export function bertConfig(
  text: Fields,
  embedDim: number,
  ours: Fields,
  checkpoint: Shapes,
  own: BertFacts | undefined,
  onWarning: OnWarning,
): Omit<BertConfig, 'contextLength'> {
  const axis = axisOf(checkpoint);
  const found = {
    width: axis(BERT_NAMES.words, 1),
    depth: countLayers(checkpoint, BERT_NAMES.layers),
    mlpWidth: axis(`${BERT_NAMES.layer(0)}.intermediate.dense.weight`, 0),
  };
  const name = text.text('hf_model_name');
  const known = ours.has('eps') ? bertFacts(name) : factsOfBert(text, found, checkpoint, own, onWarning);
  if (!known && !ours.has('eps'))
    throw new UnknownModelNameError(text.file, 'hf_model_name', name, BERT_FORMS);
  const sizes = towerSizes(text, name, known, ours, found, onWarning);
  return {
    kind: 'bert',
    ...sizes,
    vocabularySize: axis(BERT_NAMES.words, 0),
    positions: axis(BERT_NAMES.positions, 0),
    tokenTypes: axis(BERT_NAMES.tokenTypes, 0),
    padding: ours.integer('padding', known?.padding ?? 0, 0),
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

/** A BERT by its name, by its own configuration, or else by its shapes, with a warning. */
function factsOfBert(
  text: Fields,
  found: FoundSizes,
  checkpoint: Shapes,
  own: BertFacts | undefined,
  onWarning: OnWarning,
): BertFacts | undefined {
  const name = text.text('hf_model_name');
  const known = bertFacts(name) ?? own;
  if (known) return known;
  const axis = axisOf(checkpoint);
  const { headWidth, positions, tokenTypes, ...usual } = USUAL_BERT;
  const { width, depth, mlpWidth } = found;
  const usualShapes =
    axis(BERT_NAMES.positions, 0) === positions &&
    axis(BERT_NAMES.tokenTypes, 0) === tokenTypes &&
    width % headWidth === 0 &&
    mlpWidth === 4 * width;
  if (!usualShapes || /roberta|xlm/i.test(name)) return undefined;
  onWarning(new AssumedBertError(text.file, name, usual.eps, width / headWidth));
  return { width, depth, mlpWidth, heads: width / headWidth, ...usual };
}

type FoundSizes = Pick<ModelFacts, 'width' | 'depth' | 'mlpWidth'>;

/**
 * The sizes found in the tensors. If one is missing (0), or there are fewer layers than the `biomedclip_webgpu` block
 * or the model's name says, the expected size, so that `checkTensors` names what is missing.
 * @param known what the name stands for; eps in the block goes before all of it
 */
function towerSizes(
  cfg: Fields,
  name: string,
  known: ModelFacts | undefined,
  ours: Fields,
  found: FoundSizes,
  onWarning: OnWarning,
): TowerSizes {
  const usual = ours.has('eps') ? undefined : known;
  const width = found.width || (usual?.width ?? 0);
  const mlpWidth = found.mlpWidth || (usual?.mlpWidth ?? 0);
  const wanted = ours.integer('depth', usual?.depth ?? 1, 1, MOST_LAYERS);
  if (ours.has('depth') && wanted < found.depth) {
    throw ours.error('depth', `the checkpoint's ${found.depth} layers`, wanted);
  }
  const facts = { width, depth: Math.max(found.depth, wanted), mlpWidth };
  for (const size of ['width', 'depth', 'mlpWidth'] as const) {
    if (!usual || usual[size] === facts[size] || (size === 'depth' && ours.has('depth'))) continue;
    onWarning(new UnusualModelError(cfg.file, name, size, usual[size], facts[size]));
  }
  return { ...facts, heads: headsOf(width, usual, ours), eps: ours.fraction('eps', known?.eps) };
}

/** Heads as wide as in the named model, or else as many as the block says, by default of 64 channels. */
function headsOf(width: number, usual: ModelFacts | undefined, ours: Fields): number {
  const headWidth = usual ? usual.width / usual.heads : HEAD_WIDTH;
  const heads = ours.integer('heads', Math.floor(width / headWidth), 0);
  const free = !usual && heads > 0 && width % (4 * heads) === 0; // the kernel reads four channels at once
  if (heads * headWidth !== width && !free)
    throw ours.error('heads', `the width of ${width} / ${headWidth}`, heads);
  return heads;
}
