import { decodeHTML, decodeHTMLStrict } from 'entities/decode';
import { readC1AsWindows1252 } from './code-pages.ts';

// What may follow an ampersand in Python's html.unescape. Named references are looked up per match, so that the
// longest known name wins, with or without its semicolon ("&notit;" is "¬it;").
const REFERENCE = /&(?:#(\d+);?|#[xX]([\da-fA-F]+);?|[^\t\n\f <&#;]{1,32};?)/gu;

/**
 * Replaces HTML character references as Python's `html.unescape`: HTML 5 names, the old ones without a semicolon too,
 * and numbers. Invalid numbers give U+FFFD, or nothing for controls and non-characters.
 */
export function unescapeHtml(text: string): string {
  return text.replace(REFERENCE, (reference, decimal?: string, hex?: string) => {
    if (decimal !== undefined) return characterOf(Number.parseInt(decimal, 10));
    if (hex !== undefined) return characterOf(Number.parseInt(hex, 16));
    return decodeHTML(reference);
  });
}

function characterOf(codePoint: number): string {
  if (codePoint === 0 || codePoint > 0x10ffff || (codePoint >= 0xd800 && codePoint <= 0xdfff))
    return '\ufffd';
  if (codePoint === 0x0d) return '\r';
  if (codePoint >= 0x80 && codePoint <= 0x9f) return readC1AsWindows1252(String.fromCharCode(codePoint));
  return isUnwanted(codePoint) ? '' : String.fromCodePoint(codePoint);
}

/** C0 controls but tab, LF, FF and CR, DEL, and Unicode's non-characters. */
function isUnwanted(codePoint: number): boolean {
  if (codePoint < 0x20) return ![0x09, 0x0a, 0x0c].includes(codePoint);
  return (
    codePoint === 0x7f || (codePoint >= 0xfdd0 && codePoint <= 0xfdef) || (codePoint & 0xfffe) === 0xfffe
  );
}

// One level of escaping is undone at a time, as in ftfy, since mojibake beside it is mended in between. An ampersand
// escaped more often than any text is comes bare at once: level by level takes time by the square of their number.
const MUCH_ESCAPED_AMPERSAND = /&(?:(?:amp|AMP|#38|#[xX]26);){64,}/g;

/**
 * Replaces only references that are unmistakable, as ftfy's `unescape_html`: with a semicolon, and names in capitals
 * ("P&EACUTE;REZ") where HTML knows only the small ones.
 */
export function unescapeCompleteReferences(text: string): string {
  return text
    .replace(MUCH_ESCAPED_AMPERSAND, '&')
    .replace(/&#?[0-9A-Za-z]{1,24};/g, (reference) =>
      reference.startsWith('&#') ? completeNumber(reference) : completeName(reference),
    );
}

function completeNumber(reference: string): string {
  const character = unescapeHtml(reference);
  return character.includes(';') ? reference : character; // the digits ended before the semicolon
}

function completeName(reference: string): string {
  const known = decodeHTMLStrict(reference);
  if (known !== reference) return known;
  const isCapitals = reference === reference.toUpperCase() && unescapeHtml(reference) === reference;
  if (!isCapitals) return reference;
  const small = reference.toLowerCase();
  const character = decodeHTMLStrict(small);
  return character === small ? reference : character.toUpperCase();
}
