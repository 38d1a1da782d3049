// What the names of models stand for: what the tensors do not tell (eps, heads, padding), and the sizes that say what is
// missing where some tensors are.

export interface ModelFacts {
  readonly width: number;
  readonly depth: number;
  readonly heads: number;
  readonly mlpWidth: number;
  /** Of every LayerNorm. */
  readonly eps: number;
}

export interface TimmFacts extends ModelFacts {
  /** Whether a LayerNorm stands before the blocks; then the patches' layer has no bias. */
  readonly preNorm: boolean;
  readonly activation?: 'quickGelu' | 'geluTanh';
}

export interface BertFacts extends ModelFacts {
  /** Id of the padding token. */
  readonly padding: number;
}

/** timm's plain ViTs (vision_transformer.py): width, depth, heads, width of the MLP. */
const VITS = {
  tiny: [192, 12, 3, 768],
  small: [384, 12, 6, 1536],
  base: [768, 12, 12, 3072],
  large: [1024, 24, 16, 4096],
  huge: [1280, 32, 16, 5120],
  giant: [1408, 40, 16, 6144],
  gigantic: [1664, 48, 16, 8192],
  so400m: [1152, 27, 16, 4304],
  giantopt: [1536, 40, 16, 6144],
} as const;
const VIT_NAME =
  /^(?:(?:hf[-_]hub:)?timm\/)?vit_(tiny|small|base|large|huge|giant|gigantic)_patch\d+_(clip_)?(quickgelu_)?\d+(?:\.\w+)?$/;
const SIGLIP_NAME =
  /^(?:(?:hf[-_]hub:)?timm\/)?vit_(base|large|so400m|giantopt)_(patch\d+_siglip_\d+)(?:\.\w+)?$/;

/** Of timm's SigLIPs, those with the tanh form of GELU. The others have the exact one, whatever weights they load. */
const TANH_SIGLIPS = /^(?:base_patch32|large_patch16_siglip_512|so400m_patch16|giantopt)/;

/** How the names look that {@link timmFacts} knows. */
export const TIMM_FORMS = [
  'vit_base_patch16_224 and its like: vit_{tiny, small, base, large, huge, giant, gigantic}_patch{N}_{size}, vit_..._clip_{size}, vit_{base, large, so400m, giantopt}_patch{N}_siglip_{size}',
];

/** Undefined for a name that is not known. A size or a tag of weights behind the name changes nothing that is asked here. */
export function timmFacts(name: string): TimmFacts | undefined {
  const [, size, clip, quickGelu] = VIT_NAME.exec(name) ?? [];
  if (!size) return siglipFacts(name);
  if (quickGelu && !clip) return undefined;
  const preNorm = clip !== undefined;
  const eps = preNorm ? 1e-5 : 1e-6;
  return {
    ...sizesOf(size as keyof typeof VITS),
    eps,
    preNorm,
    ...(quickGelu && { activation: 'quickGelu' }),
  };
}

/** timm's ViTs of SigLIP: no class token, pooled by attention. */
function siglipFacts(name: string): TimmFacts | undefined {
  const [, size, rest] = SIGLIP_NAME.exec(name) ?? [];
  if (!size) return undefined;
  const tanh = TANH_SIGLIPS.test(`${size}_${rest}`);
  return {
    ...sizesOf(size as keyof typeof VITS),
    eps: 1e-6,
    preNorm: false,
    ...(tanh && { activation: 'geluTanh' }),
  };
}

/** Whether timm's model of that name has no class token, and attention as its own pooling. */
export function isSiglip(name: string): boolean {
  return /_siglip_/.test(name);
}

function sizesOf(size: keyof typeof VITS) {
  const [width, depth, heads, mlpWidth] = VITS[size];
  return { width, depth, heads, mlpWidth };
}

const BERT_SIZES = { base: [768, 12, 12, 3072], large: [1024, 24, 16, 4096] } as const;

/** BERT's own configuration but for the sizes, which all BERTs on Hugging Face have taken over. */
export const USUAL_BERT = { eps: 1e-12, padding: 0, headWidth: 64, positions: 512, tokenTypes: 2 } as const;

/** Names without their owner or folder: BiomedCLIP's BERT was called PubMedBERT until 2023. */
const BERTS: readonly RegExp[] = [
  /^BiomedNLP-(?:PubMed|Biomed)BERT-(base|large)-uncased-abstract(?:-fulltext)?$/,
  /^bert-(base|large)-(?:un)?cased$/,
  /^biobert-(base|large)-cased-v1\.[12]$/,
];
const BASE_BERTS = [
  'Bio_ClinicalBERT',
  'Bio_Discharge_Summary_BERT',
  'biobert-v1.1',
  'scibert_scivocab_uncased',
];

export const BERT_FORMS = [
  'microsoft/BiomedNLP-BiomedBERT-base-uncased-abstract',
  'microsoft/BiomedNLP-PubMedBERT-base-uncased-abstract',
  '...-fulltext',
  '...-large-...',
  'bert-base-uncased',
  ...BASE_BERTS,
];

/** Undefined for a name that is not known. A path counts by its last folder. */
export function bertFacts(name: string): BertFacts | undefined {
  const last = name.split(/[\\/]/).filter(Boolean).at(-1) ?? '';
  const [matched] = BERTS.flatMap((form) => form.exec(last)?.[1] ?? []);
  const size = matched ?? (BASE_BERTS.includes(last) ? 'base' : undefined);
  if (size !== 'base' && size !== 'large') return undefined;
  const [width, depth, heads, mlpWidth] = BERT_SIZES[size];
  return { width, depth, heads, mlpWidth, eps: USUAL_BERT.eps, padding: USUAL_BERT.padding };
}
