import { vocabularyOf } from '../src/text/bpe-files.ts';
import { BYTE_CHARACTERS, WORD_END } from '../src/text/byte-characters.ts';

/** The tokenizer files of a checkpoint directory with CLIP's text tower. */
export type BpeFileName = 'vocab.json' | 'merges.txt';

/** Merges by which each of these words, in lower case, becomes one token: those of a word follow on what it is before. */
export function mergesOf(words: readonly string[]): [string, string][] {
  const merges = new Map<string, [string, string]>();
  for (const word of words) {
    let pieces = [...word.slice(0, -1), `${word.slice(-1)}${WORD_END}`];
    for (const pair of merges.values()) pieces = merged(pieces, pair);
    while (pieces.length > 1) {
      const [first = '', second = ''] = pieces;
      merges.set(`${first}${second}`, [first, second]);
      pieces = merged(pieces, [first, second]);
    }
  }
  return [...merges.values()];
}

/** The pieces with each occurrence of the pair made one, from the left. */
function merged(pieces: readonly string[], [first, second]: readonly [string, string]): string[] {
  const result: string[] = [];
  for (const piece of pieces) {
    if (piece === second && result.at(-1) === first) result.push(`${result.pop()}${piece}`);
    else result.push(piece);
  }
  return result;
}

/**
 * As many merges as CLIP's vocabulary of 49,408 has. Those beyond the given ones are of two bytes that no English text
 * has, so that it is split by the given ones alone.
 */
export function filledMerges(merges: readonly (readonly [string, string])[]): [string, string][] {
  const wanted = CLIP_VOCABULARY - 2 * 256 - 2;
  const given: [string, string][] = merges.map(([first, second]) => [first, second]);
  const high = [...BYTE_CHARACTERS].filter(([byte]) => byte >= 0x80).map(([, character]) => character);
  const seconds = [...BYTE_CHARACTERS.values()].flatMap((second) => [second, `${second}${WORD_END}`]);
  const unused = high.flatMap((first) => seconds.map((second): [string, string] => [first, second]));
  return [...given, ...unused].slice(0, wanted);
}

/** Tokens of CLIP's vocabulary. */
const CLIP_VOCABULARY = 49_408;

/** The contents of the files that a byte-level BPE of these merges has at Hugging Face. */
export function bpeFiles(merges: readonly (readonly [string, string])[]): Record<BpeFileName, string> {
  const vocab = Object.entries(vocabularyOf(merges)).map(([token, id]) => [hubSpelling(token), id]);
  return {
    'vocab.json': JSON.stringify(Object.fromEntries(vocab)),
    'merges.txt': ['#version: 0.2', ...merges.map((pair) => pair.join(' ')), ''].join('\n'),
  };
}

/** Hugging Face writes `<|startoftext|>` for open_clip's `<start_of_text>`. */
function hubSpelling(token: string): string {
  return /^<(start|end)_of_text>$/.test(token) ? `<|${token.slice(1, -1).replaceAll('_', '')}|>` : token;
}
