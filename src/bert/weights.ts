import type { HeadLayer } from '../../weights/head-layers.ts';
import { BERT_NAMES as TEXT } from '../../weights/tensor-names.ts';
import type { Linear } from '../kernels/gemm/gemm.ts';
import type { LayerNormWeights } from '../kernels/layernorm.ts';
import type { TokenEmbedWeights } from '../kernels/token-embed.ts';
import type { WeightSource } from '../kernels/weight-source.ts';
import { type Projection, uploadHead } from '../transformer/projection.ts';

export interface BertWeights {
  readonly embeddings: TokenEmbedWeights;
  readonly embeddingsNorm: LayerNormWeights;
  readonly layers: readonly BertLayerWeights[];
  /** BERT's pooling layer, where it is used */
  readonly pooler?: Linear;
  /** open_clip's projection, no biases: `[640, 768]`, GELU, `[512, 640]` (its `mlp`), or `[512, 768]` alone */
  readonly proj: Projection;
}

export interface BertLayerWeights {
  /** query, key and value as one layer */
  readonly qkv: Linear;
  readonly attentionOutput: Linear;
  readonly attentionNorm: LayerNormWeights;
  readonly intermediate: Linear;
  readonly output: Linear;
  readonly outputNorm: LayerNormWeights;
}

/** What of a BERT's configuration decides which tensors it has. */
export interface BertLayout {
  readonly depth: number;
  readonly width: number;
  /** Whether BERT's pooling layer is used. */
  readonly pooler: boolean;
  readonly head: readonly HeadLayer[];
}

/** Uploads the text tower by Hugging Face's names under `text.`. */
export async function uploadBert(
  from: WeightSource,
  { depth, width, pooler, head }: BertLayout,
): Promise<BertWeights> {
  const tables = {
    words: await from.table(TEXT.words, from.tableStorage),
    storage: from.tableStorage,
    positions: await from.table(TEXT.positions),
    tokenType: await from.vector([TEXT.tokenTypes], width),
  };
  const embeddingsNorm = await from.layerNorm(TEXT.embeddingsNorm);
  const layers: BertLayerWeights[] = [];
  for (let i = 0; i < depth; i++) layers.push(await uploadLayer(from, TEXT.layer(i)));
  return {
    embeddings: tables,
    embeddingsNorm,
    layers,
    pooler: pooler ? await from.linear(TEXT.pooler) : undefined,
    proj: await uploadHead(from, head),
  };
}

async function uploadLayer(from: WeightSource, layer: string): Promise<BertLayerWeights> {
  const self = `${layer}.attention.self`;
  return {
    qkv: await from.stacked([`${self}.query`, `${self}.key`, `${self}.value`]),
    attentionOutput: await from.linear(`${layer}.attention.output.dense`),
    attentionNorm: await from.layerNorm(`${layer}.attention.output.LayerNorm`),
    intermediate: await from.linear(`${layer}.intermediate.dense`),
    output: await from.linear(`${layer}.output.dense`),
    outputNorm: await from.layerNorm(`${layer}.output.LayerNorm`),
  };
}
