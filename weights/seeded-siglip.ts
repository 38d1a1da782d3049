import type { ModelConfig } from './config.ts';
import { DEFAULT_VOCABULARY } from './default-vocabulary.ts';
import { bytePairFiles, unigramFiles } from './sentencepiece-files.ts';
import type { ClipTextConfig, TimmVitConfig } from './tower-config.ts';

/** Of SigLIP's own tokenizer. */
const PIECES = 32_000;

/** A tokenizer of that version's kind, in which each word of the vocabulary is one token; a full one of SigLIP's has unused ones too. */
export function siglipTokenizer(version: 1 | 2, full = false) {
  const words = DEFAULT_VOCABULARY.filter((token) => /^[a-z]{2,}$/.test(token));
  if (version === 2) return bytePairFiles(words);
  const missing = full ? PIECES - unigramFiles(words).vocabularySize : 0;
  return unigramFiles([...words, ...Array.from({ length: missing }, (_, i) => `unused${i}`)]);
}

/** SigLIP's towers in a seeded model's sizes: ViT-B/16, or heads of 72 and images that patches do not fill, as in SoViT-400m/14. */
export function siglipTowers(
  preset: 'tiny' | 'wide' | 'full',
  version: 1 | 2,
  vocabularySize: number,
): Pick<ModelConfig, 'embedDim' | 'logitBias'> & {
  readonly image: TimmVitConfig;
  readonly text: ClipTextConfig;
} {
  const tiny = preset === 'tiny';
  const [width, heads] = tiny ? [144, 2] : [768, 12];
  const depth = preset === 'full' ? 12 : 2;
  const sizes = { width, heads, depth, mlpWidth: 4 * width, eps: 1e-6 };
  const half = [0.5, 0.5, 0.5] as const;
  return {
    embedDim: width,
    logitBias: true,
    image: {
      kind: 'timm',
      ...sizes,
      size: tiny ? 48 : 224,
      patch: tiny ? 14 : 16,
      mean: half,
      std: half,
      resizeMode: 'squash',
      classToken: false,
      pool: 'attention',
      proj: { kind: 'none', bias: false },
      ...(version === 2 && { activation: 'geluTanh' }),
    },
    text: {
      kind: 'clip',
      ...sizes,
      activation: version === 2 ? 'geluTanh' : 'gelu',
      prefix: 'text.',
      contextLength: 64,
      positions: 64,
      vocabularySize,
      pool: 'last',
      bidirectional: true,
      proj: 'bias',
      sentencePiece: 'canonicalize',
    },
  };
}
