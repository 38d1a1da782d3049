/**
 * The characters that the single-byte encodings give the bytes 0x80 to 0xFF. Literal tables, since `TextDecoder`
 * knows no code page 437 and its Windows-1252 has been Latin-1 in some Node releases. Where a code page leaves a
 * byte unassigned, the byte stands for the code point of the same number, as in browsers and in ftfy's "sloppy"
 * codecs.
 */
const C1 = byteRange(0x80, 0x9f);

const WINDOWS_1252 =
  '€\x81‚ƒ„…†‡ˆ‰Š‹Œ\x8dŽ\x8f\x90‘’“”•–—˜™š›œ\x9džŸ\xa0¡¢£¤¥¦§¨©ª«¬\xad®¯°±²³´µ¶·¸¹º»¼½¾¿' +
  'ÀÁÂÃÄÅÆÇÈÉÊËÌÍÎÏÐÑÒÓÔÕÖ×ØÙÚÛÜÝÞßàáâãäåæçèéêëìíîïðñòóôõö÷øùúûüýþÿ';
const WINDOWS_1251 =
  'ЂЃ‚ѓ„…†‡€‰Љ‹ЊЌЋЏђ‘’“”•–—\x98™љ›њќћџ\xa0ЎўЈ¤Ґ¦§Ё©Є«¬\xad®Ї°±Ііґµ¶·ё№є»јЅѕї' +
  'АБВГДЕЖЗИЙКЛМНОПРСТУФХЦЧШЩЪЫЬЭЮЯабвгдежзийклмнопрстуфхцчшщъыьэюя';
const WINDOWS_1250 =
  '€\x81‚\x83„…†‡\x88‰Š‹ŚŤŽŹ\x90‘’“”•–—\x98™š›śťžź\xa0ˇ˘Ł¤Ą¦§¨©Ş«¬\xad®Ż°±˛ł´µ¶·¸ąş»Ľ˝ľż' +
  'ŔÁÂĂÄĹĆÇČÉĘËĚÍÎĎĐŃŇÓÔŐÖ×ŘŮÚŰÜÝŢßŕáâăäĺćçčéęëěíîďđńňóôőö÷řůúűüýţ˙';
const WINDOWS_1253 =
  '€\x81‚ƒ„…†‡\x88‰\x8a‹\x8c\x8d\x8e\x8f\x90‘’“”•–—\x98™\x9a›\x9c\x9d\x9e\x9f\xa0΅Ά£¤¥¦§¨©ª«¬\xad®―°±²³΄µ¶·ΈΉΊ»Ό½ΎΏ' +
  'ΐΑΒΓΔΕΖΗΘΙΚΛΜΝΞΟΠΡÒΣΤΥΦΧΨΩΪΫάέήίΰαβγδεζηθικλμνξοπρςστυφχψωϊϋόύώÿ';
const WINDOWS_1254 =
  '€\x81‚ƒ„…†‡ˆ‰Š‹Œ\x8d\x8e\x8f\x90‘’“”•–—˜™š›œ\x9d\x9eŸ\xa0¡¢£¤¥¦§¨©ª«¬\xad®¯°±²³´µ¶·¸¹º»¼½¾¿' +
  'ÀÁÂÃÄÅÆÇÈÉÊËÌÍÎÏĞÑÒÓÔÕÖ×ØÙÚÛÜİŞßàáâãäåæçèéêëìíîïğñòóôõö÷øùúûüışÿ';
const WINDOWS_1257 =
  '€\x81‚\x83„…†‡\x88‰\x8a‹\x8c¨ˇ¸\x90‘’“”•–—\x98™\x9a›\x9c¯˛\x9f\xa0¡¢£¤¥¦§Ø©Ŗ«¬\xad®Æ°±²³´µ¶·ø¹ŗ»¼½¾æ' +
  'ĄĮĀĆÄÅĘĒČÉŹĖĢĶĪĻŠŃŅÓŌÕÖ×ŲŁŚŪÜŻŽßąįāćäåęēčéźėģķīļšńņóōõö÷ųłśūüżž˙';
const MAC_ROMAN =
  'ÄÅÇÉÑÖÜáàâäãåçéèêëíìîïñóòôöõúùûü†°¢£§•¶ß®©™´¨≠ÆØ∞±≤≥¥µ∂∑∏π∫ªºΩæø' +
  '¿¡¬√ƒ≈∆«»…\xa0ÀÃÕŒœ–—“”‘’÷◊ÿŸ⁄€‹›ﬁﬂ‡·‚„‰ÂÊÁËÈÍÎÏÌÓÔ\uf8ffÒÚÛÙıˆ˜¯˘˙˚¸˝˛ˇ';
const CODE_PAGE_437 =
  'ÇüéâäàåçêëèïîìÄÅÉæÆôöòûùÿÖÜ¢£¥₧ƒáíóúñÑªº¿⌐¬½¼¡«»░▒▓│┤╡╢╖╕╣║╗╝╜╛┐' +
  '└┴┬├─┼╞╟╚╔╩╦╠═╬╧╨╤╥╙╘╒╓╫╪┘┌█▄▌▐▀αßΓπΣσµτΦΘΩδ∞φε∩≡±≥≤⌠⌡÷≈°∙·√ⁿ²■\xa0';
const ISO_8859_2 = `${C1}\xa0Ą˘Ł¤ĽŚ§¨ŠŞŤŹ\xadŽŻ°ą˛ł´ľśˇ¸šşťź˝žżŔÁÂĂÄĹĆÇČÉĘËĚÍÎĎĐŃŇÓÔŐÖ×ŘŮÚŰÜÝŢßŕáâăäĺćçčéęëěíîďđńňóôőö÷řůúűüýţ˙`;

/** A single-byte encoding that UTF-8 gets mistaken for. */
export interface CodePage {
  readonly name: string;
  /** Windows programs replace what they cannot map: byte 0x1A then stands for U+FFFD. */
  readonly lossy: boolean;
  /** The 128 characters of the bytes 0x80 to 0xFF. */
  readonly high: string;
}

/** In the order in which they are tried. */
export const CODE_PAGES: readonly CodePage[] = [
  { name: 'latin-1', lossy: false, high: byteRange(0x80, 0xff) },
  { name: 'windows-1252', lossy: true, high: WINDOWS_1252 },
  { name: 'windows-1251', lossy: true, high: WINDOWS_1251 },
  { name: 'windows-1250', lossy: true, high: WINDOWS_1250 },
  { name: 'windows-1253', lossy: true, high: WINDOWS_1253 },
  { name: 'windows-1254', lossy: true, high: WINDOWS_1254 },
  { name: 'windows-1257', lossy: true, high: WINDOWS_1257 },
  { name: 'iso-8859-2', lossy: false, high: ISO_8859_2 },
  { name: 'macroman', lossy: false, high: MAC_ROMAN },
  { name: 'cp437', lossy: false, high: CODE_PAGE_437 },
];

const SUBSTITUTE = '\x1a';
const encoders = new Map(CODE_PAGES.map((page) => [page.name, encoderOf(page)]));

function encoderOf({ high, lossy }: CodePage): ReadonlyMap<string, string> {
  const bytes = new Map<string, string>();
  for (let byte = 0; byte < 0x80; byte++) bytes.set(String.fromCharCode(byte), String.fromCharCode(byte));
  for (let i = 0; i < high.length; i++) bytes.set(high.charAt(i), String.fromCharCode(0x80 + i));
  if (lossy) {
    bytes.delete(SUBSTITUTE);
    bytes.set('\ufffd', SUBSTITUTE);
  }
  return bytes;
}

/** The bytes of `text` in that encoding, one character U+0000 to U+00FF a byte, or undefined where it has none. */
export function encodeIn(page: CodePage, text: string): string | undefined {
  const encoder = encoders.get(page.name);
  let bytes = '';
  for (const character of text) {
    const byte = encoder?.get(character);
    if (byte === undefined) return undefined;
    bytes += byte;
  }
  return bytes;
}

/** What browsers show for a C1 control character: the Windows-1252 character of that byte, where there is one. */
export function readC1AsWindows1252(text: string): string {
  return text.replace(/[\x80-\x9f]/g, (control) => WINDOWS_1252.charAt(control.charCodeAt(0) - 0x80));
}

function byteRange(first: number, last: number): string {
  return String.fromCharCode(...Array.from({ length: last - first + 1 }, (_, i) => first + i));
}
