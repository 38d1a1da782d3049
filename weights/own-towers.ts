import type { Fields } from './config-fields.ts';
import { clipTextNames, VIT_NAMES } from './tensor-names.ts';
import {
  type Activation,
  agreed,
  axisOf,
  type ClipTextConfig,
  countLayers,
  MOST_LAYERS,
  type OpenClipVitConfig,
  type Shapes,
  type TowerSizes,
} from './tower-config.ts';

// Towers that open_clip builds itself, where the configuration names no model: the sizes are in it.

/** torch's default for LayerNorm. */
const EPS = 1e-5;

/** The sizes by open_clip's fields and defaults. */
export function openClipVitConfig(
  vision: Fields,
  quickGelu: boolean,
  checkpoint: Shapes,
): Omit<OpenClipVitConfig, 'size' | 'mean' | 'std'> {
  const axis = axisOf(checkpoint);
  const names = VIT_NAMES.open_clip;
  const width = agreed(vision, 'width', 768, axis(names.positions, 1));
  const headWidth = vision.integer('head_width', 64);
  if (headWidth % 4 !== 0 || width % headWidth !== 0) {
    throw vision.error('head_width', `a multiple of 4 that divides the width of ${width}`, headWidth);
  }
  return {
    kind: 'open_clip',
    patch: agreed(vision, 'patch_size', 16, axis(`${names.patchEmbed}.weight`, 3)),
    width,
    heads: width / headWidth,
    ...resblocks(vision, checkpoint, names.blocks.prefix, width),
    activation: activationOf(vision, quickGelu),
    preNorm: !vision.flag('no_ln_pre', false),
    ...(vision.text('pool_type', 'tok') === 'avg' && { pool: 'mean' }),
    ...(vision.flag('final_ln_after_pool', false) && { normAfterPool: true }),
    ...layerScale(vision),
  };
}

/** The same of CLIP's text tower, all but its context. */
export function clipTextConfig(
  text: Fields,
  embedDim: number,
  quickGelu: boolean,
  checkpoint: Shapes,
): Omit<ClipTextConfig, 'contextLength'> {
  const axis = axisOf(checkpoint);
  const prefix = checkpoint.tensors.has(clipTextNames('text.').words) ? 'text.' : '';
  const names = clipTextNames(prefix);
  const width = agreed(text, 'width', 512, axis(names.words, 1));
  const heads = text.integer('heads', 8);
  if (width % (4 * heads) !== 0) {
    throw text.error('heads', `a number by which the width of ${width} gives a multiple of 4`, heads);
  }
  return {
    kind: 'clip',
    prefix,
    width,
    heads,
    ...resblocks(text, checkpoint, names.blocks.prefix, width),
    activation: activationOf(text, quickGelu),
    vocabularySize: agreed(text, 'vocab_size', 49408, axis(names.words, 0)),
    positions: axis(names.positions, 0),
    ...clipPool(text),
    ...(text.flag('no_causal_mask', false) && { bidirectional: true }),
    ...clipProjection(text, width, embedDim),
    ...layerScale(text),
    ...clipTokenizer(text),
  };
}

/** A tokenizer of Hugging Face is read as SentencePiece's; which files it has is seen as they are read. */
function clipTokenizer(text: Fields): Pick<ClipTextConfig, 'sentencePiece'> {
  const clean = text.object('tokenizer_kwargs', {}).value('clean');
  if (text.text('hf_tokenizer_name', '') === '') {
    if (clean === undefined || clean === 'lower') return {};
    throw text.error('tokenizer_kwargs.clean', '"lower"', clean, 'open_clip cleans texts differently by it');
  }
  return { sentencePiece: clean === 'lower' || clean === 'canonicalize' ? clean : 'whitespace' };
}

function clipPool(text: Fields): Pick<ClipTextConfig, 'pool'> {
  const pool = text.text('pool_type', 'argmax');
  if (pool === 'eos') return { pool: { id: text.integer('eos_id', undefined, 0) } };
  return pool === 'first' || pool === 'last' ? { pool } : {};
}

/** @throws {ConfigFieldError} where there is none, but the width is another than that of embeddings */
function clipProjection(text: Fields, width: number, embedDim: number): Pick<ClipTextConfig, 'proj'> {
  if (text.text('proj_type', 'linear') === 'none') {
    if (width === embedDim) return { proj: 'none' };
    const meaning = `without a projection texts have the width of ${width}`;
    throw text.error('proj_type', `"linear" for embeddings of ${embedDim}`, 'none', meaning);
  }
  return text.flag('proj_bias', false) ? { proj: 'bias' } : {};
}

/** open_clip builds it for any value, which is only where training begins. */
function layerScale(fields: Fields): { readonly layerScale?: true } {
  return fields.has('ls_init_value') ? { layerScale: true } : {};
}

function resblocks(
  fields: Fields,
  checkpoint: Shapes,
  prefix: string,
  width: number,
): Pick<TowerSizes, 'depth' | 'mlpWidth' | 'eps'> {
  const { fc1 } = VIT_NAMES.open_clip.blocks; // the text tower's blocks have the same names
  const depth = fields.integer('layers', 12, 1, MOST_LAYERS);
  const found = countLayers(checkpoint, prefix);
  if (found > depth) throw fields.error('layers', `the checkpoint's ${found}`, depth);
  const mlpWidth = Math.floor(width * fields.positive('mlp_ratio', 4));
  const mlpFound = axisOf(checkpoint)(`${prefix}0.${fc1}.weight`, 0);
  if (mlpFound > 0 && mlpFound !== mlpWidth) {
    throw fields.error(
      'mlp_ratio',
      `the checkpoint's ${mlpFound} / ${width}`,
      fields.value('mlp_ratio') ?? 4,
    );
  }
  return { depth, mlpWidth, eps: fields.object('norm_kwargs', {}).fraction('eps', EPS) };
}

function activationOf(fields: Fields, quickGelu: boolean): Activation {
  if (quickGelu) return 'quickGelu';
  return fields.object('act_kwargs', {}).text('approximate', 'none') === 'tanh' ? 'geluTanh' : 'gelu';
}
