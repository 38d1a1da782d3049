import { PYTHON_SPACE } from './white-space.ts';

/**
 * Tells mojibake (text decoded in the wrong encoding) from text, as ftfy 6.3.1's `is_bad` does: characters of misread
 * UTF-8 are classed, and some sequences of classes hardly occur in real text. One such sequence is enough.
 */
const CLASSES = {
  /** Seen in good text and bad. */
  common: '\\xa0\\xad\\xb7\\xb4–—―…’',
  c1: '\\x80-\\x9f',
  /** Rare outside mojibake. */
  bad: '¦¤¨¬¯¸ƒˆˇ˘˛˜†‡‰⌐◊\\ufffdªº',
  legal: '¶§',
  currency: '¢£¥₧€',
  opening: '¡«¿©\\u0384\\u0385‘‚“„•‹\\uf8ff',
  closing: '®»˝”›™',
  numeric: '²³¹±¼½¾×µ÷⁄∂∆∏∑√∞∩∫≈≠≡≤≥№',
  /** Letters used as eyes and cheeks in kaomoji, so they occur in unusual sequences. */
  face: 'Ò-ÖÙ-Üò-öø-üŐŌŪŲ°',
  upperAccented: 'À-ÑØÜÝĂĀĄĆČĎĐĘĚĒĖĞĢİĪĶĹĽŁĻŃŇŅŒŘŚŞŠŢŤŮŰŸŹŻŽҐ',
  lowerAccented: 'ßà-ñăąāćčďđęěēėğģįīķĺľłļœŕśşšťüźżžґﬁﬂ',
  upperOther: 'ÞΑ-ΩΆΈΉΊΌΎΏΪΫЁ-Я',
  lowerOther: 'α-ωάέήίΰа-џ',
  /** Without the single horizontal line, which kaomoji use. */
  box: '│┌┐┘├┤┬┼═-╬▀▄█▌▐░▒▓',
} as const;

type ClassName = keyof typeof CLASSES;

/** A regular expression for one character of any of these classes, or of the literal `extra` ones. */
function any(names: readonly ClassName[], extra = ''): string {
  return `[${names.map((name) => CLASSES[name]).join('')}${extra}]`;
}

const SIGNS = ['box', 'opening', 'closing', 'currency', 'numeric', 'legal'] as const;
const ACCENTED = ['lowerAccented', 'upperAccented'] as const;
const BAD = any(['bad']);
// Python's \w, which has the letters and digits of all scripts.
const WORD = '[\\p{L}\\p{N}_]';
const ARABIC_PAIR = `[ØÙ]${any(['common', 'currency', 'bad', 'numeric', 'opening'], 'ŸŠ®°µ»')}`;

/** Sequences of characters that do not occur in real text. */
const BY_CLASS: readonly string[] = [
  any(['c1']),
  any(['bad', ...ACCENTED, ...SIGNS]) + BAD,
  BAD + any([...ACCENTED, ...SIGNS]),
  `[a-zA-Z]${any(['lowerOther', 'upperOther'])}${BAD}`,
  any(['lowerAccented', 'lowerOther', 'box', 'closing', 'currency', 'numeric']) + any(['upperAccented']),
  any(['box', 'closing', 'currency', 'numeric']) + any(['lowerAccented']),
  any(['lowerAccented', 'box', 'closing']) + any(['currency']),
  PYTHON_SPACE + any(['upperAccented']) + any(['currency']),
  any(['upperAccented', 'box']) + any(['numeric', 'legal']),
  any([...ACCENTED, 'box', 'currency', 'closing']) + any(['opening']) + any(['numeric']),
  any([...ACCENTED, 'currency', 'numeric', 'box', 'legal']) + any(['closing']) + any(['opening']),
  any(['currency', 'numeric', 'box']) + any(['opening']),
  `[a-z]${any(['upperAccented'])}${any(['opening', 'currency'])}`,
  any(['box']) + any(['face', 'closing']),
  any([...ACCENTED, 'currency', 'numeric', 'opening', 'closing', 'legal']) + any(['box']),
  any([...ACCENTED]) + any(['opening', 'closing']) + WORD,
];

/** Misreadings by particular encodings that the classes do not detect. */
const BY_ENCODING: readonly string[] = [
  // Windows-1252: œ before anything but a plain letter, then two-byte sequences.
  '[Œœ][^A-Za-z]',
  `${any(['upperAccented'])}°`,
  `[ÂÃÎÐ]${any(['opening', 'closing'], '€œŠš¢£Ÿž\\xa0\\xad®©°·»–—´')}`,
  '×[²³]',
  // Windows-1252 of Arabic: the characters are common, so two pairs are required.
  ARABIC_PAIR + ARABIC_PAIR,
  // Windows-1252 of South Asian scripts.
  'à[²µ¹¼½¾]',
  // MacRoman.
  '√[±∂†≠®™´≤≥¥µø]',
  '≈[°¢]',
  '‚Ä[ìîïòôúùû†°¢π]',
  '‚[âó][àä°ê]',
  // Windows-1251: the block U+2000, then Latin-1 and Cyrillic between two lead bytes, then a double misreading.
  'вЂ',
  `[ВГРС]${any(['c1', 'bad', 'opening', 'closing', 'currency'], '°µ')}[ВГРС]`,
  'ГўВЂВ[^\n][A-Za-z ]',
  // Windows-1252 of à and á, also where the no-break space has become a blank.
  'Ã[\\xa0¡]',
  `[a-z]${PYTHON_SPACE}?[ÃÂ] `,
  '^[ÃÂ] ',
  `[a-z.,?!${CLASSES.closing}]Â[ ${CLASSES.opening}${CLASSES.closing}]`,
  // Windows-1253 and Windows-1257.
  'β€[™\\xa0Ά\\xad®°]',
  `[ΒΓΞΟ]${any(['c1', 'bad', 'opening', 'closing', 'currency'], '°')}[ΒΓΞΟ]`,
  'ā€',
];

const BADNESS = new RegExp([...BY_CLASS, ...BY_ENCODING].join('|'), 'u');

/** Whether `text` has a sequence of characters that is almost certainly mojibake. */
export function looksMisread(text: string): boolean {
  return BADNESS.test(text);
}
