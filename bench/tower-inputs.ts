import type { TextTokenizer } from '../src/text/text-tokenizer.ts';
import type { ModelConfig } from '../weights/config.ts';

/** Lengths of zero-shot prompts and of figure captions, in tokens with the first and the last. */
export const TEXT_LENGTHS = {
  prompts: [9, 12, 11, 14, 10, 13, 15, 12],
  captions: [96, 64, 256, 120, 85, 140, 70, 49],
} as const;

/** A smooth picture that needs no resampling, another for each i. */
export function picture(size: number, i: number) {
  const data = new Uint8ClampedArray(size * size * 4);
  for (let p = 0; p < size * size; p++) {
    const wave = Math.sin(((p % size) * (i + 2)) / 17) + Math.cos(Math.floor(p / size) / (5 + i));
    data.set([128 + 60 * wave, 110 + 50 * wave, 140 - 45 * wave, 255], 4 * p);
  }
  return { width: size, height: size, data };
}

/** A text of the given number of tokens, from words in every vocabulary used here. */
function words(tokens: number, i: number): string {
  const list = ['this', 'is', 'a', 'photo', 'of', 'brain', 'chest', 'image'];
  return Array.from({ length: tokens - 2 }, (_, k) => list[(k * (i + 3) + (k >> 2)) % list.length]).join(' ');
}

/** So many texts of these lengths in turn, and their token ids. */
export function textsOf(lengths: readonly number[], count: number, tokenizer: TextTokenizer) {
  const texts = Array.from({ length: count }, (_, i) => words(lengths[i % lengths.length] ?? 2, i));
  const ids = texts.map((text) => [...tokenizer.encode(text).ids]);
  const meanTokens = Math.round(ids.reduce((sum, row) => sum + row.length, 0) / ids.length);
  return { texts, ids, meanTokens };
}

/** SigLIP's texts are as long as the context. */
export function seesPadding({ text }: ModelConfig): boolean {
  return text.kind === 'clip' && (text.bidirectional === true || text.pool === 'last');
}
