/** timm's names of the image tower, under open_clip's `visual.`. */
export const VISUAL = {
  clsToken: 'visual.trunk.cls_token',
  positions: 'visual.trunk.pos_embed',
  /** `.weight` and `.bias` follow, as on every layer here. */
  patchEmbed: 'visual.trunk.patch_embed.proj',
  blocks: 'visual.trunk.blocks.',
  block: (i: number) => `visual.trunk.blocks.${i}`,
  norm: 'visual.trunk.norm',
  head: 'visual.head.proj',
} as const;

/** Hugging Face's names of the text tower, and open_clip's of its projection, under `text.`. */
export const TEXT = {
  embeddings: 'text.transformer.embeddings',
  words: 'text.transformer.embeddings.word_embeddings.weight',
  positions: 'text.transformer.embeddings.position_embeddings.weight',
  tokenTypes: 'text.transformer.embeddings.token_type_embeddings.weight',
  embeddingsNorm: 'text.transformer.embeddings.LayerNorm',
  layers: 'text.transformer.encoder.layer.',
  layer: (i: number) => `text.transformer.encoder.layer.${i}`,
  /** Two layers with a GELU between them. */
  proj: ['text.proj.0', 'text.proj.2'],
} as const;

/** exp of it is the factor of the logits. */
export const LOGIT_SCALE = 'logit_scale';
