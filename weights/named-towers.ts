import type { OnWarning } from '../src/platform/warnings.ts';
import type { Fields } from './config-fields.ts';
import { UnknownModelNameError, UnusualModelError } from './errors.ts';
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
  ours: Fields,
  checkpoint: Shapes,
  onWarning: OnWarning,
): Pick<TimmVitConfig, 'kind' | 'patch' | keyof TowerSizes> {
  const axis = axisOf(checkpoint);
  const names = VIT_NAMES.timm;
  const found = {
    width: axis(names.positions, 2),
    depth: countLayers(checkpoint, names.blocks.prefix),
    mlpWidth: axis(`${names.blocks.prefix}0.${names.blocks.fc1}.weight`, 0),
  };
  return {
    kind: 'timm',
    patch: axis(`${names.patchEmbed}.weight`, 3),
    ...towerFacts(vision, 'timm_model_name', TIMM_MODELS, ours, found, onWarning),
  };
}

/** The same of a BERT, all but its context. */
export function bertConfig(
  text: Fields,
  ours: Fields,
  checkpoint: Shapes,
  onWarning: OnWarning,
): Omit<BertConfig, 'contextLength'> {
  const axis = axisOf(checkpoint);
  const linearProj = (text.value('hf_proj_type') ?? text.value('proj')) === 'linear'; // its former name
  const found = {
    width: axis(BERT_NAMES.words, 1),
    depth: countLayers(checkpoint, BERT_NAMES.layers),
    mlpWidth: axis(`${BERT_NAMES.layer(0)}.intermediate.dense.weight`, 0),
  };
  return {
    kind: 'bert',
    ...towerFacts(text, 'hf_model_name', HF_MODELS, ours, found, onWarning),
    vocabularySize: axis(BERT_NAMES.words, 0),
    positions: axis(BERT_NAMES.positions, 0),
    tokenTypes: axis(BERT_NAMES.tokenTypes, 0),
    padding: ours.integer('padding', HF_MODELS[text.text('hf_model_name')]?.padding ?? 0, 0),
    projHidden: linearProj ? undefined : axis(`${BERT_NAMES.proj.mlp[0]}.weight`, 0),
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
