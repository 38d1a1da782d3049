/** The repairs of single characters that ftfy 6.3.1 makes by default, each as its step of the same name. */

const LIGATURES: Readonly<Record<string, string>> = {
  Ĳ: 'IJ',
  ĳ: 'ij',
  ŉ: 'ʼn',
  Ǳ: 'DZ',
  ǲ: 'Dz',
  ǳ: 'dz',
  Ǆ: 'DŽ',
  ǅ: 'Dž',
  ǆ: 'dž',
  Ǉ: 'LJ',
  ǈ: 'Lj',
  ǉ: 'lj',
  Ǌ: 'NJ',
  ǋ: 'Nj',
  ǌ: 'nj',
  ﬀ: 'ff',
  ﬁ: 'fi',
  ﬂ: 'fl',
  ﬃ: 'ffi',
  ﬄ: 'ffl',
  ﬅ: 'ſt',
  ﬆ: 'st',
};
const LIGATURE = new RegExp(`[${Object.keys(LIGATURES).join('')}]`, 'g');

/** Latin ligatures and digraphs as their letters; ligatures of other scripts stay. */
export function fixLatinLigatures(text: string): string {
  return text.replace(LIGATURE, (ligature) => LIGATURES[ligature] as string);
}

/** Full-width and half-width forms as ordinary characters, the ideographic space as a blank. */
export function fixCharacterWidth(text: string): string {
  return text.replace(/[\uff01-\uffef]/g, (form) => form.normalize('NFKC')).replaceAll('\u3000', ' ');
}

export function uncurlQuotes(text: string): string {
  return text.replace(/[\u02bc\u2018-\u201b]/g, "'").replace(/[\u201c-\u201f]/g, '"');
}

/** CR LF, CR, LINE SEPARATOR, PARAGRAPH SEPARATOR and NEXT LINE as LF. */
export function fixLineBreaks(text: string): string {
  return text.replace(/\r\n?|[\u2028\u2029\x85]/g, '\n');
}

/** U+FFFD for unpaired surrogates. */
export function fixSurrogates(text: string): string {
  return text.replace(/\p{Surrogate}/gu, '\ufffd');
}

/** "ANSI" colour and cursor sequences. */
export function removeTerminalEscapes(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the escape character is what is looked for
  return text.replace(/\x1b\[[\p{Nd};]*[a-zA-Z]/gu, '');
}

/**
 * Drops C0 controls but tab, LF, FF and CR, the deprecated Arabic controls, interlinear annotation, the object
 * replacement character and the byte order mark. Joiners, direction marks and soft hyphens stay.
 */
export function removeControlCharacters(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
  return text.replace(/[\0-\x08\x0b\x0e-\x1f\x7f\u206a-\u206f\ufeff\ufff9-\ufffc]/g, '');
}
