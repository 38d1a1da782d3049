import type { ModelConfig } from './config.ts';
import { openClipConfigJson, USUAL_NAMES } from './config-json.ts';
import { OPENAI } from './normalization.ts';
import { siglipTowers } from './seeded-siglip.ts';
import type {
  BertConfig,
  ClipTextConfig,
  ImageTowerConfig,
  TextTowerConfig,
  TimmVitConfig,
} from './tower-config.ts';

/**
 * `full`: the shapes of BiomedCLIP, 784 MB, or with CLIP's towers of a ViT-B/16, 599 MB, with SigLIP's 812. `wide`: the
 * same, but two blocks a tower and a small vocabulary, 130 MB. `tiny`: two blocks a tower, 128 wide, 48-pixel images, 4 MB.
 */
export type SeededPreset = 'tiny' | 'wide' | 'full';

export interface SeededTowers {
  readonly image?: ImageTowerConfig['kind'];
  readonly text?: TextTowerConfig['kind'];
  /** Instead of both: SigLIP's, with the exact GELU, or SigLIP 2's, with the tanh form. */
  readonly siglip?: 1 | 2;
  /** In open_clip's own towers, instead of GELU. */
  readonly quickGelu?: boolean;
  /** Pixels a side of open_clip's own ViT's patches; 16 by default. A tiny model's images have nine of them. */
  readonly patch?: number;
  /** Of a head of open_clip's own ViT; 64 by default. The width is as many heads as usual of it. */
  readonly headWidth?: number;
  /** Behind the BERT, instead of two layers. */
  readonly linearProjection?: boolean;
  /** Saves CLIP's text tower as a module of its own: `text.` before its names. */
  readonly textModule?: boolean;
  /** Leaves the LayerNorm before the blocks of open_clip's own ViT out. */
  readonly withoutPreNorm?: boolean;
  /** What differs from usual models around the image tower's blocks; `preNorm`, `proj` and pooling by attention are timm's. */
  readonly imageHead?: Partial<Pick<TimmVitConfig, 'pool' | 'normAfterPool' | 'proj' | 'preNorm'>>;
  /** The same of a BERT. */
  readonly bertHead?: Partial<Pick<BertConfig, 'pool' | 'proj'>>;
  /** The same of CLIP's text tower. */
  readonly clipHead?: Partial<Pick<ClipTextConfig, 'pool' | 'bidirectional' | 'proj'>>;
  /** Blocks of open_clip's own towers with a layer scale. */
  readonly layerScale?: boolean;
}

interface Sizes {
  readonly width: number;
  readonly embedDim: number;
  readonly vocabularySize: number;
  /** Id of the padding token. */
  readonly padding: number;
}

/** The configuration of a seeded model with such a vocabulary. */
export function seededConfig(
  preset: SeededPreset,
  towers: SeededTowers,
  vocabulary: Pick<Sizes, 'vocabularySize' | 'padding'>,
): ModelConfig {
  const named = { name: `seeded ${preset}`, untrained: true };
  if (towers.siglip) {
    return { ...named, ...siglipTowers(preset, towers.siglip, vocabulary.vocabularySize) };
  }
  const width = preset === 'tiny' ? 128 : 768;
  const unprojected = towers.imageHead?.proj?.kind === 'none' || towers.bertHead?.proj === 'none';
  const embedDim = unprojected ? width : preset === 'tiny' ? 64 : 512;
  const sizes = { width, embedDim, ...vocabulary };
  const [image, text] = [seededImage(preset, towers, sizes), seededText(preset, towers, sizes)];
  return { ...named, embedDim, image, text };
}

function seededImage(preset: SeededPreset, towers: SeededTowers, { width }: Sizes): ImageTowerConfig {
  const { image = 'timm', headWidth = 64, patch = 16, imageHead = {}, layerScale } = towers;
  const size = preset === 'tiny' ? 3 * patch : 224;
  const pixels = { size, patch, ...OPENAI };
  if (image === 'timm') {
    return { kind: image, ...blocks(preset, width), eps: 1e-6, ...pixels, ...imageHead };
  }
  const { pool, normAfterPool } = imageHead;
  return {
    kind: image,
    ...blocks(preset, (width / 64) * headWidth, width / 64),
    ...ownBlocks(towers),
    preNorm: !towers.withoutPreNorm,
    layerScale,
    ...pixels,
    ...(pool === 'mean' && { pool }),
    ...(normAfterPool && { normAfterPool }),
  };
}

function seededText(preset: SeededPreset, towers: SeededTowers, sizes: Sizes): TextTowerConfig {
  const { width, embedDim, vocabularySize, padding } = sizes;
  const { bertHead = {}, clipHead = {}, linearProjection, layerScale, textModule } = towers;
  if (towers.text === 'clip') {
    return {
      kind: 'clip',
      ...blocks(preset, embedDim, preset === 'tiny' ? 2 : 8),
      ...ownBlocks(towers),
      contextLength: 77,
      positions: 77,
      vocabularySize,
      prefix: textModule ? 'text.' : '',
      layerScale,
      ...clipHead,
    };
  }
  return {
    kind: 'bert',
    ...blocks(preset, width),
    eps: 1e-12,
    contextLength: 256,
    vocabularySize,
    positions: preset === 'full' ? 512 : 256,
    tokenTypes: 2,
    padding,
    projHidden: linearProjection || bertHead.proj ? undefined : (embedDim + width) / 2, // open_clip's rule
    ...bertHead,
  };
}

function blocks(preset: SeededPreset, width: number, heads = width / 64) {
  return { width, depth: preset === 'full' ? 12 : 2, heads, mlpWidth: 4 * width };
}

/** Of open_clip's own towers. */
function ownBlocks({ quickGelu = false }: SeededTowers) {
  return { eps: 1e-5, activation: quickGelu ? 'quickGelu' : 'gelu' } as const;
}

/** `open_clip_config.json` of a seeded model. */
export function seededConfigJson(preset: SeededPreset, config: ModelConfig): string {
  const own = {
    timm: `vit_${preset}_seeded`,
    siglip: `vit_${preset}_siglip_seeded`,
    bert: `bert_${preset}_seeded`,
    sentencePiece: `sentencepiece_${preset}_seeded`,
  };
  return openClipConfigJson(config, preset === 'full' ? USUAL_NAMES : own, preset === 'full');
}
