import { CODE_PAGES } from './code-pages.ts';

/**
 * Undoing one misreading of UTF-8. Bytes are strings of the characters U+0000 to U+00FF here, so that regular
 * expressions apply to them.
 */

// Sequences that are UTF-8 once a blank is the byte A0 again. Which lead bytes qualify is ftfy's choice: those whose
// result is a likely character.
const BLANKED_UTF8 = new RegExp(
  [
    '[\\xc2\\xc3\\xc5\\xce\\xd0\\xd9] ',
    '[\\xe2\\xe3] [\\x80-\\x84\\x86-\\x9f\\xa1-\\xbf]',
    '[\\xe0-\\xe3][\\x80-\\x84\\x86-\\x9f\\xa1-\\xbf] ',
    '\\xf0 [\\x80-\\xbf]{2}',
    '\\xf0[\\x80-\\xbf] [\\x80-\\xbf]',
    '\\xf0[\\x80-\\xbf]{2} ',
  ].join('|'),
  'g',
);
// "à" as a word of its own: the blank after it is kept, except in "às", "àquele", "àquela" and "àquilo".
const A_GRAVE_WORD = /\xc3 (?! |quele|quela|quilo|s )/g;

/** Restores the byte A0 where a program replaced it by a blank inside a UTF-8 sequence. */
export function restoreNoBreakSpaces(bytes: string): string {
  if (bytes.search(BLANKED_UTF8) < 0) return bytes;
  return bytes
    .replace(A_GRAVE_WORD, '\xc3\xa0 ')
    .replace(BLANKED_UTF8, (sequence) => sequence.replaceAll(' ', '\xa0'));
}

// UTF-8 and CESU-8 sequences in which bytes were lost: 1A stands for a lost byte, and once a sequence `?` may.
const LOSSY_UTF8 = new RegExp(
  [
    '[\\xc2-\\xdf]\\x1a',
    '[\\xc2\\xc3]\\?',
    '\\xed[\\xa0-\\xaf][\\x1a?]\\xed[\\xb0-\\xbf][\\x1a?\\x80-\\xbf]',
    '\\xed[\\xa0-\\xaf][\\x1a?\\x80-\\xbf]\\xed[\\xb0-\\xbf][\\x1a?]',
    '[\\xe0-\\xef][\\x1a?][\\x1a\\x80-\\xbf]',
    '[\\xe0-\\xef][\\x1a\\x80-\\xbf][\\x1a?]',
    '[\\xf0-\\xf4][\\x1a?][\\x1a\\x80-\\xbf]{2}',
    '[\\xf0-\\xf4][\\x1a\\x80-\\xbf][\\x1a?][\\x1a\\x80-\\xbf]',
    '[\\xf0-\\xf4][\\x1a\\x80-\\xbf]{2}[\\x1a?]',
    '\\x1a',
  ].join('|'),
  'g',
);

/** Turns each incomplete sequence into the UTF-8 of U+FFFD, so that the rest can be read. */
export function replaceLossySequences(bytes: string): string {
  return bytes.replace(LOSSY_UTF8, '\xef\xbf\xbd');
}

const CESU8_PAIR = /\xed([\xa0-\xaf])([\x80-\xbf])\xed([\xb0-\xbf])([\x80-\xbf])/g;
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Decodes UTF-8, CESU-8 surrogate pairs and Java's two-byte NUL included; undefined where it is none of these. */
export function decodeUtf8(bytes: string): string | undefined {
  const standard = bytes.replaceAll('\xc0\x80', '\0').replace(CESU8_PAIR, standardiseSurrogates);
  try {
    return utf8.decode(bytesOf(standard));
  } catch {
    return undefined;
  }
}

function bytesOf(characters: string): Uint8Array {
  const bytes = new Uint8Array(characters.length);
  for (let i = 0; i < bytes.length; i++) bytes[i] = characters.charCodeAt(i);
  return bytes;
}

// The 20 bits of a surrogate pair, four in its second byte, then six, four and six, as four-byte UTF-8.
function standardiseSurrogates(_: string, b1: string, b2: string, b4: string, b5: string): string {
  const bits = (byte: string, mask: number) => byte.charCodeAt(0) & mask;
  const high = (bits(b1, 0x0f) << 6) | bits(b2, 0x3f);
  const low = (bits(b4, 0x0f) << 6) | bits(b5, 0x3f);
  const character = String.fromCodePoint(0x10000 + (high << 10) + low);
  return String.fromCharCode(...new TextEncoder().encode(character));
}

/** Every character that one of the Latin-1-like encodings has for a byte in that range. */
function misreadings(...ranges: readonly (readonly [first: number, last: number])[]): Set<string> {
  const characters = new Set<string>();
  for (const { name, high } of CODE_PAGES) {
    if (name !== 'latin-1' && !name.startsWith('windows')) continue;
    for (const [first, last] of ranges) {
      for (let byte = first; byte <= last; byte++) characters.add(high.charAt(byte - 0x80));
    }
  }
  return characters;
}

const oneOf = (characters: Iterable<string>) => `[${[...characters].join('')}]`;
const continuation = misreadings([0x80, 0xbf]);
// Dashes, quotes, bullets and ellipses stand for themselves beside mojibake.
const strict = [...continuation].filter((character) => !'–—―‘’‚“”„•…'.includes(character));
const next = oneOf([' ', ...continuation]);

/**
 * A run of characters that could be misread UTF-8 sequences, blanks counting as A0. Not directly after a character that
 * could be inside such a sequence, since repairing only its end makes it worse.
 */
export const MISREAD_RUN = new RegExp(
  `(?<!${oneOf(strict)})(?:` +
    `${oneOf(misreadings([0xc2, 0xdf]))}${next}|` +
    `${oneOf(misreadings([0xe0, 0xef]))}${next}{2}|` +
    `${oneOf(misreadings([0xf0, 0xf0], [0xf3, 0xf3]))}${next}{3})+`,
  'gu',
);
