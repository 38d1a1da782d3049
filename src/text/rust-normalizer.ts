import { orderMarks } from './combining-marks.ts';

// CJK ideographs beyond U+FFFF, in BERT's ranges.
const ASTRAL_IDEOGRAPH =
  /[\u{20000}-\u{2a6df}\u{2a700}-\u{2b73f}\u{2b740}-\u{2b81f}\u{2b820}-\u{2ceaf}\u{2f800}-\u{2fa1f}]/gu;

// A long run of combining marks, after the removals of BERT's `clean_text`.
const MARKS_APART = /\p{M}(?:[\p{Cc}\p{Cf}\p{Co}\p{Cs}\ufffd]*\p{M}){31,}/gu;

/**
 * Where @huggingface/tokenizers differs from the Rust library that open_clip runs: it sets no blanks around ideographs
 * beyond U+FFFF, and lower-cases a word's last Σ to ς. Long runs of marks are ordered before accents are stripped.
 */
export function matchRustNormalizer(text: string, normalizer: Readonly<Record<string, unknown>>): string {
  const together = normalizer.clean_text === true ? text.replace(MARKS_APART, joinMarks) : text;
  const ordered = orderMarks(together);
  const spaced =
    normalizer.handle_chinese_chars === true ? ordered.replace(ASTRAL_IDEOGRAPH, ' $& ') : ordered;
  return normalizer.lowercase === true ? spaced.replaceAll('Σ', 'σ') : spaced;
}

function joinMarks(run: string): string {
  return run.replace(/[^\p{M}]/gu, '');
}
