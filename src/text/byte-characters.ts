/**
 * The character that stands for each byte in a byte-level vocabulary (Radford et al. 2019), in the order in which
 * CLIP's vocabulary begins: printable ones stand for themselves, the others for U+0100 and on.
 */
export const BYTE_CHARACTERS: ReadonlyMap<number, string> = /* @__PURE__ */ byteCharacters();

function byteCharacters(): Map<number, string> {
  const printable = [range(0x21, 0x7e), range(0xa1, 0xac), range(0xae, 0xff)].flat();
  const others = range(0, 0xff).filter((byte) => !printable.includes(byte));
  const characters = new Map(printable.map((byte) => [byte, String.fromCharCode(byte)]));
  for (const [i, byte] of others.entries()) characters.set(byte, String.fromCharCode(0x100 + i));
  return characters;
}

function range(first: number, last: number): number[] {
  return Array.from({ length: last - first + 1 }, (_, i) => first + i);
}

/** Behind the last character of a word. */
export const WORD_END = '</w>';
