import { BERT_NAMES, clipTextNames, VIT_NAMES } from './tensor-names.ts';
import type { ImageTowerConfig, TextTowerConfig } from './tower-config.ts';

/** A layer between a tower's pooling and the embedding. With a second one there is a GELU between them. */
export interface HeadLayer {
  /** Of the layer; of the tensor itself where it is `transposed`. */
  readonly name: string;
  readonly bias: boolean;
  /** Stored `[inputs, outputs]`, by which rows are multiplied from the left. */
  readonly transposed?: boolean;
  /** By default the width of embeddings. */
  readonly outputs?: number;
}

/** The layers behind an image tower's pooling; none where its width is that of embeddings. */
export function imageHead(image: ImageTowerConfig): readonly HeadLayer[] {
  if (image.kind === 'open_clip') return [{ name: VIT_NAMES.open_clip.head, bias: false, transposed: true }];
  const { linear, mlp, trunk } = VIT_NAMES.timm.head;
  const { kind, bias, hidden } = image.proj ?? { kind: 'linear', bias: false };
  if (kind === 'none') return [];
  if (kind === 'linear') return [{ name: linear, bias }];
  if (kind === 'trunk') return [{ name: trunk, bias }];
  return [
    { name: mlp[0], bias: true, outputs: hidden },
    { name: mlp[1], bias },
  ];
}

/** The same of a text tower. */
export function textHead(text: TextTowerConfig): readonly HeadLayer[] {
  if (text.proj === 'none') return [];
  if (text.kind === 'clip') {
    const name = clipTextNames(text.prefix).projection;
    return text.proj === 'bias' ? [{ name, bias: true }] : [{ name, bias: false, transposed: true }];
  }
  const { linear, mlp } = BERT_NAMES.proj;
  if (text.projHidden === undefined) return [{ name: linear, bias: false }];
  return [
    { name: mlp[0], bias: false, outputs: text.projHidden },
    { name: mlp[1], bias: false },
  ];
}
