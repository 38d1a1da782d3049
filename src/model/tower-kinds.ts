import { imageHead, textHead } from '../../weights/head-layers.ts';
import { VIT_NAMES, vitNorm } from '../../weights/tensor-names.ts';
import {
  type BertConfig,
  type ClipTextConfig,
  classTokens,
  type ImageTowerConfig,
  type OpenClipVitConfig,
  patchGrid,
  type TextTowerConfig,
  type TimmVitConfig,
} from '../../weights/tower-config.ts';
import { attendedTokens } from '../bert/attended-tokens.ts';
import { bertForward } from '../bert/bert.ts';
import { uploadBert } from '../bert/weights.ts';
import { clipTextForward } from '../clip-text/clip-text.ts';
import { clipTokens } from '../clip-text/clip-tokens.ts';
import { uploadClipText } from '../clip-text/weights.ts';
import type { Commands } from '../device/commands.ts';
import type { Tensor } from '../device/tensor.ts';
import type { WeightSource } from '../kernels/weight-source.ts';
import type { PreNormRows } from '../transformer/pre-norm.ts';
import { type VitConfig, vitForward, vitTokens } from '../vit/vit.ts';
import { uploadVit } from '../vit/weights.ts';

/** A tower's pass: embeddings `[B, D]`, not yet normalised, and the tokens' final states if they are wanted. */
type Forward<Inputs> = (
  cmd: Commands,
  inputs: Inputs,
  wantTokens: boolean,
) => { embedding: Tensor; tokens: Tensor | undefined };

export type ImageForward = Forward<PreNormRows & { readonly pixels: Tensor }>;
export type TextForward = Forward<PreNormRows & { readonly ids: Tensor }>;

/** A text as its tower takes it: the tokens that are attended to. Its embedding depends on these alone. */
export interface TextTokens {
  readonly ids: Int32Array;
  /** Each token's position in the text. */
  readonly positions: Int32Array;
  /** Which of them the embedding is read at: the first of these, and how many. */
  readonly pooled: readonly [first: number, count: number];
}

interface ImageKind<Config> {
  /** For `info.towers`. */
  readonly label: string;
  upload(from: WeightSource, config: Config): Promise<ImageForward>;
}

interface TextKind<Config> {
  readonly label: string;
  upload(from: WeightSource, config: Config): Promise<TextForward>;
  /**
   * @param ids as the tokenizer gives them
   * @param padding the token that fills the context up
   */
  tokensOf(ids: Int32Array, config: Config, padding: number): TextTokens;
}

const IMAGE_KINDS: {
  readonly timm: ImageKind<TimmVitConfig>;
  readonly open_clip: ImageKind<OpenClipVitConfig>;
} = {
  timm: {
    label: 'timm ViT',
    async upload(from, config) {
      const { depth, layerScale, preNorm = false, activation = 'gelu' } = config;
      const attentionPool = config.pool === 'attention';
      const ends = { norm: vitNorm(config), attentionPool, head: imageHead(config), ...gridsOf(config) };
      const layout = { depth, layerScale, patchBias: !preNorm, preNorm, ...ends };
      return vitOf(await uploadVit(from, VIT_NAMES.timm, layout), { ...config, activation });
    },
  },
  open_clip: {
    label: 'open_clip ViT',
    async upload(from, config) {
      const { depth, layerScale, preNorm } = config;
      const ends = { norm: vitNorm(config), head: imageHead(config), ...gridsOf(config) };
      const layout = { depth, layerScale, patchBias: false, preNorm, ...ends };
      return vitOf(await uploadVit(from, VIT_NAMES.open_clip, layout), config);
    },
  },
};

const TEXT_KINDS: { readonly bert: TextKind<BertConfig>; readonly clip: TextKind<ClipTextConfig> } = {
  bert: {
    label: 'BERT',
    async upload(from, config) {
      const pooler = config.pool === 'pooler';
      const weights = await uploadBert(from, { ...config, pooler, head: textHead(config) });
      return (cmd, inputs, wantTokens) => {
        const { embedding, stream } = bertForward(cmd, inputs, weights, config, wantTokens);
        return { embedding, tokens: stream };
      };
    },
    tokensOf(ids, { padding, pool }) {
      const tokens = attendedTokens(ids, padding);
      const all = pool === 'mean' || pool === 'max';
      return { ...tokens, pooled: [0, all ? tokens.ids.length : 1] }; // all, or [CLS]
    },
  },
  clip: {
    label: 'CLIP',
    async upload(from, config) {
      const weights = await uploadClipText(from, { ...config, head: textHead(config) });
      const cfg = { ...config, causal: !config.bidirectional };
      return (cmd, inputs, wantTokens) => clipTextForward(cmd, inputs, weights, cfg, wantTokens);
    },
    tokensOf: clipTokens,
  },
};

/** Tokens: patches a side of the images, and of the checkpoint's positions where these are others. */
function gridsOf(config: ImageTowerConfig) {
  return { grid: patchGrid(config), positionGrid: config.positionGrid, classTokens: classTokens(config) };
}

function vitOf(weights: Awaited<ReturnType<typeof uploadVit>>, config: VitConfig): ImageForward {
  return (cmd, inputs, wantTokens) => {
    const { embedding, stream } = vitForward(cmd, inputs, weights, config, wantTokens);
    return { embedding, tokens: stream && vitTokens(cmd, stream, weights, config) };
  };
}

/** How the image tower of that configuration is computed. */
export function kindOfImageTower(config: ImageTowerConfig): ImageKind<ImageTowerConfig> {
  return IMAGE_KINDS[config.kind] as ImageKind<ImageTowerConfig>; // `kind` is what tells the configurations apart
}

/** The same of the text tower. */
export function kindOfTextTower(config: TextTowerConfig): TextKind<TextTowerConfig> {
  return TEXT_KINDS[config.kind] as TextKind<TextTowerConfig>;
}
