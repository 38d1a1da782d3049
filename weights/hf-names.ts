import { type Composition, composedCheckpoint } from './composed.ts';
import { MissingTensorError } from './errors.ts';
import type { Checkpoint } from './tensor-info.ts';
import {
  BERT_NAMES,
  blockNames,
  clipTextNames,
  LOGIT_BIAS,
  LOGIT_SCALE,
  layerTensors,
  VIT_NAMES,
  type VitNames,
} from './tensor-names.ts';
import { countLayers } from './tower-config.ts';

// transformers' names for a CLIP (CLIPModel in modeling_clip.py): query, key and value apart, projections as layers. The
// published conversion of BiomedCLIP (chuhac/BiomedCLIP-vit-bert-hf) has the same names for timm's ViT and a BERT: a
// bias of the patches' layer, no LayerNorm before the blocks, token types and a projection of two layers. SigLIP's
// (SiglipModel in modeling_siglip.py) are timm's ViT without a class token, and CLIP's text tower with a biased projection.

const VISION = 'vision_model';
const TEXT = 'text_model';
const HEAD = `${VISION}.head`;
const PATCHES = `${VISION}.embeddings.patch_embedding`;
const TOKEN_TYPES = `${TEXT}.embeddings.token_type_embedding.weight`;
/** Buffers that older versions of transformers save. */
const BUFFERS = /\.embeddings\.position_ids$/;

/** The towers that transformers' names are of; undefined for other names. */
function hfTowers({ tensors }: Pick<Checkpoint, 'tensors'>) {
  if (tensors.has(`${HEAD}.probe`) || tensors.has(`${TEXT}.head.weight`)) {
    return { image: 'siglip', text: 'siglip' } as const;
  }
  if (!tensors.has(`${VISION}.embeddings.class_embedding`)) return undefined;
  return {
    image: tensors.has(`${PATCHES}.bias`) ? 'timm' : 'open_clip',
    text: tensors.has(TOKEN_TYPES) ? 'bert' : 'clip',
  } as const;
}

/**
 * A checkpoint of transformers by open_clip's names; others as they are.
 * @throws {MissingTensorError} naming what a tower lacks, as transformers calls it
 * @throws {TensorShapeError | TensorDtypeError}
 */
export function inOpenClipNames(checkpoint: Checkpoint): Checkpoint {
  const towers = hfTowers(checkpoint);
  if (!towers) return checkpoint;
  const layers = (tower: string) => countLayers(checkpoint, `${tower}.encoder.layers.`);
  const compositions = [
    ...vit(towers.image, layers(VISION)),
    ...(towers.text === 'siglip' ? logits() : []),
    ...(towers.text === 'bert' ? bert(layers(TEXT)) : clipText(towers.text, layers(TEXT))),
  ];
  const { file, tensors } = checkpoint;
  const missing = compositions.flatMap(({ parts }) => parts.filter((part) => !tensors.has(part)));
  if (missing.length > 0) throw new MissingTensorError(file, [...new Set(missing)]);
  const read = new Map([...tensors].filter(([name]) => !BUFFERS.test(name)));
  return composedCheckpoint({ ...checkpoint, tensors: read }, compositions);
}

function vit(kind: 'timm' | 'open_clip' | 'siglip', depth: number): Composition[] {
  const names = VIT_NAMES[kind === 'siglip' ? 'timm' : kind];
  return [
    ...(kind === 'open_clip' ? ownEmbeddings() : timmEmbeddings(kind === 'timm')),
    ...blocks(names.blocks, VISION, depth),
    ...layer(names.norm, `${VISION}.post_layernorm`),
    ...(kind === 'siglip' ? attentionPool() : [visualProjection(kind)]),
  ];
}

function visualProjection(kind: 'timm' | 'open_clip'): Composition {
  const parts = ['visual_projection.weight'] as const;
  if (kind === 'timm') return { name: `${VIT_NAMES.timm.head.linear}.weight`, parts };
  return { name: VIT_NAMES.open_clip.head, parts, transposed: true };
}

/** Vectors of one, in SigLIP alone. */
function logits(): Composition[] {
  return [LOGIT_SCALE, LOGIT_BIAS].map((name) => ({ name, parts: [name] as const, scalar: true }));
}

/** The probe is timm's latent; its query, keys and values are stacked. */
function attentionPool(): Composition[] {
  const names = VIT_NAMES.timm.attentionPool;
  const stacked = `${HEAD}.attention.in_proj_`;
  return [
    { name: names.latent, parts: [`${HEAD}.probe`] },
    ...layer(names.q, stacked).map((part) => ({ ...part, thirds: [0, 1] as const })),
    ...layer(names.kv, stacked).map((part) => ({ ...part, thirds: [1, 3] as const })),
    ...layer(names.proj, `${HEAD}.attention.out_proj`),
    ...layer(names.norm, `${HEAD}.layernorm`),
    ...layer(names.fc1, `${HEAD}.mlp.fc1`),
    ...layer(names.fc2, `${HEAD}.mlp.fc2`),
  ];
}

function ownEmbeddings(): Composition[] {
  const names = VIT_NAMES.open_clip;
  return [
    { name: names.clsToken, parts: [`${VISION}.embeddings.class_embedding`] },
    { name: names.positions, parts: [`${VISION}.embeddings.position_embedding.weight`] },
    { name: `${names.patchEmbed}.weight`, parts: [`${PATCHES}.weight`] },
    ...layer(names.preNorm, `${VISION}.pre_layrnorm`), // spelt so
  ];
}

/** timm's tensors have axes for a batch. */
function timmEmbeddings(classToken: boolean): Composition[] {
  const names = VIT_NAMES.timm;
  const parts = [`${VISION}.embeddings.class_embedding`] as const;
  const cls = { name: names.clsToken, parts, leadingAxes: 2 };
  return [
    ...(classToken ? [cls] : []),
    { name: names.positions, parts: [`${VISION}.embeddings.position_embedding.weight`], leadingAxes: 1 },
    ...layer(names.patchEmbed, PATCHES),
  ];
}

function clipText(kind: 'clip' | 'siglip', depth: number): Composition[] {
  const names = clipTextNames(kind === 'siglip' ? 'text.' : '');
  const projection: Composition = {
    name: names.projection,
    parts: ['text_projection.weight'],
    transposed: true,
  };
  return [
    { name: names.positions, parts: [`${TEXT}.embeddings.position_embedding.weight`] },
    ...(kind === 'siglip' ? layer(names.projection, `${TEXT}.head`) : [projection]),
    ...blocks(names.blocks, TEXT, depth),
    { name: names.words, parts: [`${TEXT}.embeddings.token_embedding.weight`] },
    ...layer(names.norm, `${TEXT}.final_layer_norm`),
  ];
}

function blocks(names: VitNames['blocks'], tower: string, depth: number): Composition[] {
  return Array.from({ length: depth }, (_, i) => i).flatMap((i) => {
    const block = blockNames(names, i);
    const theirs = `${tower}.encoder.layers.${i}`;
    const heads = `${theirs}.self_attn.`;
    return [
      ...layer(block.norm1, `${theirs}.layer_norm1`),
      ...layer(block.qkv, `${heads}q_proj`, `${heads}k_proj`, `${heads}v_proj`),
      ...layer(block.proj, `${theirs}.self_attn.out_proj`),
      ...layer(block.norm2, `${theirs}.layer_norm2`),
      ...layer(block.fc1, `${theirs}.mlp.fc1`),
      ...layer(block.fc2, `${theirs}.mlp.fc2`),
    ];
  });
}

/** Post-norm: the first LayerNorm stands behind the attention, the second behind the MLP. */
function bert(depth: number): Composition[] {
  const embeddings = `${TEXT}.embeddings`;
  return [
    { name: BERT_NAMES.words, parts: [`${embeddings}.token_embedding.weight`] },
    { name: BERT_NAMES.positions, parts: [`${embeddings}.position_embedding.weight`] },
    { name: BERT_NAMES.tokenTypes, parts: [TOKEN_TYPES] },
    ...layer(BERT_NAMES.embeddingsNorm, `${embeddings}.layer_norm`),
    ...Array.from({ length: depth }, (_, i) => i).flatMap((i) => {
      const [ours, theirs] = [BERT_NAMES.layer(i), `${TEXT}.encoder.layers.${i}`];
      return [
        ...layer(`${ours}.attention.self.query`, `${theirs}.self_attn.q_proj`),
        ...layer(`${ours}.attention.self.key`, `${theirs}.self_attn.k_proj`),
        ...layer(`${ours}.attention.self.value`, `${theirs}.self_attn.v_proj`),
        ...layer(`${ours}.attention.output.dense`, `${theirs}.self_attn.out_proj`),
        ...layer(`${ours}.attention.output.LayerNorm`, `${theirs}.layer_norm1`),
        ...layer(`${ours}.intermediate.dense`, `${theirs}.mlp.fc1`),
        ...layer(`${ours}.output.dense`, `${theirs}.mlp.fc2`),
        ...layer(`${ours}.output.LayerNorm`, `${theirs}.layer_norm2`),
      ];
    }),
    { name: `${BERT_NAMES.proj.mlp[0]}.weight`, parts: ['text_projection.fc1.weight'] },
    { name: `${BERT_NAMES.proj.mlp[1]}.weight`, parts: ['text_projection.fc2.weight'] },
  ];
}

/** A layer of one of theirs, or of several that read the same input. */
function layer(name: string, first: string, ...others: string[]): Composition[] {
  const ours = layerTensors(name);
  return (['weight', 'bias'] as const).map((tensor) => ({
    name: ours[tensor],
    parts: [layerTensors(first)[tensor], ...others.map((part) => layerTensors(part)[tensor])],
  }));
}
