import { BERT_NAMES as TEXT } from '../../weights/tensor-names.ts';
import type { Linear } from '../kernels/gemm/gemm.ts';
import type { LayerNormWeights } from '../kernels/layernorm.ts';
import type { TokenEmbedWeights } from '../kernels/token-embed.ts';
import type { WeightSource } from '../kernels/weight-source.ts';

export interface BertWeights {
  readonly embeddings: TokenEmbedWeights;
  readonly embeddingsNorm: LayerNormWeights;
  readonly layers: readonly BertLayerWeights[];
  /** open_clip's `mlp` projection: `[640, 768]`, GELU, `[512, 640]`, no biases */
  readonly proj: readonly [Linear, Linear];
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

/** Uploads the text tower by Hugging Face's names under `text.`. */
export async function uploadBert(from: WeightSource, depth: number, width: number): Promise<BertWeights> {
  const tables = {
    words: await from.table(TEXT.words, from.storage),
    storage: from.storage,
    positions: await from.table(TEXT.positions),
    tokenType: await from.vector([TEXT.tokenTypes], width),
  };
  const embeddingsNorm = await from.layerNorm(TEXT.embeddingsNorm);
  const layers: BertLayerWeights[] = [];
  for (let i = 0; i < depth; i++) layers.push(await uploadLayer(from, TEXT.layer(i)));
  const proj = [
    await from.linear(TEXT.proj[0], { bias: false }),
    await from.linear(TEXT.proj[1], { bias: false }),
  ] as const;
  return { embeddings: tables, embeddingsNorm, layers, proj };
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
