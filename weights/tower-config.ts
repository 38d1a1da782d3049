import type { ResizeRule } from '../src/image/resample-plan.ts';
import type { Cleaning } from '../src/text/canonicalize.ts';
import type { Fields } from './config-fields.ts';
import { TooManyLayersError } from './errors.ts';
import type { Checkpoint } from './tensor-info.ts';

/** Which of a model's towers are loaded. */
export interface WantedTowers {
  readonly image: boolean;
  readonly text: boolean;
}

export const BOTH_TOWERS: WantedTowers = { image: true, text: true };

/** What every tower has. */
export interface TowerSizes {
  readonly width: number;
  readonly depth: number;
  readonly heads: number;
  /** Width of the MLP's hidden layer. */
  readonly mlpWidth: number;
  /** Epsilon of every LayerNorm. */
  readonly eps: number;
}

/** QuickGELU is `x sigmoid(1.702 x)`, of OpenAI's weights; the tanh form approximates GELU. */
export type Activation = 'gelu' | 'quickGelu' | 'geluTanh';

/** A ViT. Tokens: [CLS], unless there is none, and floor(size / patch)^2 patches. What is absent is as BiomedCLIP has it. */
interface VitSizes extends TowerSizes, ResizeRule {
  /** Pixels a side. */
  readonly size: number;
  readonly patch: number;
  /** Patches a side that the checkpoint has positions for, where they are interpolated to those of `size`. */
  readonly positionGrid?: number;
  /** Per channel, of pixels in 0 to 1. */
  readonly mean: readonly [number, number, number];
  readonly std: readonly [number, number, number];
  /** The mean of the patches' tokens is read, instead of the class token. */
  readonly pool?: 'mean';
  /** The last LayerNorm stands behind that mean, not before it. */
  readonly normAfterPool?: boolean;
  /** Each block scales what its attention and its MLP add, by channel. */
  readonly layerScale?: boolean;
}

/** timm's ViT; the activation is GELU by default. */
export interface TimmVitConfig extends Omit<VitSizes, 'pool'> {
  readonly kind: 'timm';
  /** False where the patches stand alone, as in SigLIP. */
  readonly classToken?: false;
  /** The mean of the patches' tokens is read, or a learned query's attention to them. By default the class token. */
  readonly pool?: 'mean' | 'attention';
  /** Whether a LayerNorm stands before the blocks; then the patches' layer has no bias. */
  readonly preNorm?: boolean;
  readonly activation?: 'quickGelu' | 'geluTanh';
  /** What stands behind pooling: one layer without a bias by default. */
  readonly proj?: TimmProjection;
}

/** open_clip's `linear`, its `mlp` of two layers, timm's own classifier (`trunk`), or nothing. */
export interface TimmProjection {
  readonly kind: 'linear' | 'mlp' | 'trunk' | 'none';
  /** Of the last layer. */
  readonly bias: boolean;
  /** Width between the two of `mlp`. */
  readonly hidden?: number;
}

/** open_clip's own ViT. */
export interface OpenClipVitConfig extends VitSizes {
  readonly kind: 'open_clip';
  readonly activation: Activation;
  /** Whether a LayerNorm stands before the blocks. */
  readonly preNorm: boolean;
}

/** An image tower. */
export type ImageTowerConfig = TimmVitConfig | OpenClipVitConfig;

interface TextSizes extends TowerSizes {
  /** Tokens a text is cut to, those that begin and end it included. */
  readonly contextLength: number;
  readonly vocabularySize: number;
  /** Rows of the position embedding, at least contextLength. */
  readonly positions: number;
}

/** A BERT with Hugging Face's names, and open_clip's projection behind it. */
export interface BertConfig extends TextSizes {
  readonly kind: 'bert';
  readonly tokenTypes: number;
  /** Id of the padding token. */
  readonly padding: number;
  /** Hidden width of the projection by two layers; undefined where it is one. */
  readonly projHidden?: number;
  /** No projection: the width is that of embeddings. */
  readonly proj?: 'none';
  /**
   * What is read instead of [CLS]: the mean or the largest values of all attended tokens, or [CLS] behind BERT's own
   * pooling layer and a tanh.
   */
  readonly pool?: 'mean' | 'max' | 'pooler';
}

/** CLIP's text transformer: causal and pooled at the end of the text, unless the fields say otherwise. */
export interface ClipTextConfig extends TextSizes {
  readonly kind: 'clip';
  readonly activation: Activation;
  /** Of its tensors' names: `text.` where open_clip saved the tower as a module of its own. */
  readonly prefix: '' | 'text.';
  /**
   * What is read instead of the highest id, the end of the text: the first token, the last of the padded context, or the
   * first of an id.
   */
  readonly pool?: 'first' | 'last' | { readonly id: number };
  /** Tokens attend to those after them, and so to padding, up to the context. */
  readonly bidirectional?: boolean;
  /** A projection with a bias, or none: then the width is that of embeddings. */
  readonly proj?: 'bias' | 'none';
  readonly layerScale?: boolean;
  /** A SentencePiece tokenizer instead of CLIP's own, and how texts are cleaned for it. */
  readonly sentencePiece?: Cleaning;
}

/** A text tower. */
export type TextTowerConfig = BertConfig | ClipTextConfig;

/** Patches a side. What is left of an image beside them is not read, as a convolution's stride leaves it. */
export function patchGrid({ size, patch }: Pick<ImageTowerConfig, 'size' | 'patch'>): number {
  return Math.floor(size / patch);
}

/** Tokens before the patches' own: the class token, or none. */
export function classTokens(
  config: Pick<ImageTowerConfig, 'kind'> & Pick<TimmVitConfig, 'classToken'>,
): 0 | 1 {
  return config.classToken === false ? 0 : 1;
}

/** What a configuration is compared with. */
export type Shapes = Pick<Checkpoint, 'file' | 'tensors'>;

/** The most layers of a tower; no published one has a tenth of that. */
export const MOST_LAYERS = 1000;

/** The size of a tensor's axis, or 0 if the tensor is missing, which `checkTensors` reports. */
export function axisOf({ tensors }: Shapes) {
  return (tensor: string, axis: number) => tensors.get(tensor)?.shape[axis] ?? 0;
}

/** The number of layers. A gap in their numbering is reported by `checkTensors`. */
export function countLayers({ file, tensors }: Shapes, prefix: string): number {
  const numbers = new Set(
    [...tensors.keys()]
      .filter((name) => name.startsWith(prefix))
      .map((name) => Number.parseInt(name.slice(prefix.length), 10))
      .filter(Number.isSafeInteger),
  );
  if (numbers.size > MOST_LAYERS) throw new TooManyLayersError(file, prefix, numbers.size, MOST_LAYERS);
  return numbers.size;
}

/**
 * A field that the tensors say too: open_clip refuses to load weights of another size.
 * @param found 0 where the tensor is missing, which `checkTensors` reports
 * @throws {ConfigFieldError} where they differ
 */
export function agreed(fields: Fields, field: string, missing: number, found: number): number {
  const value = fields.integer(field, missing);
  if (found > 0 && value !== found) throw fields.error(field, `the checkpoint's ${found}`, value);
  return value;
}
