/**
 * Headers of tar files: POSIX ustar and pax (IEEE Std 1003.1, pax, "ustar Interchange Format" and "pax Extended Header"),
 * GNU's long names and sizes, and what was before them. Kept libraries read a tar as one stream and do not say where
 * its members lie, which is what reading them alone needs.
 */

/** Bytes of a header, and of what all data is padded to. */
export const BLOCK = 512;

/** What a header says by itself. */
export interface TarHeader {
  readonly name: string;
  /** Bytes of the data behind the header. */
  readonly size: number;
  /** One character: `0` a file, `1` a hard link, `5` a folder, `L` a GNU long name, `x` and `g` pax fields, … */
  readonly type: string;
  /** The member that a hard link means. */
  readonly linkName: string;
}

/** Undefined for a block that is no header: its sum is another. A name that is not UTF-8 has U+FFFD in it. */
export function readTarHeader(block: Uint8Array): TarHeader | undefined {
  if (!hasItsSum(block)) return undefined;
  const size = numberAt(block, 124, 12);
  if (size === undefined) return undefined;
  const prefix = textAt(block, 257, 6) === 'ustar' ? textAt(block, 345, 155) : ''; // GNU's magic ends in a space
  const name = textAt(block, 0, 100);
  const type = String.fromCharCode(block[156] || 0x30);
  return {
    name: prefix === '' ? name : `${prefix}/${name}`,
    size,
    type: type === '7' ? '0' : type, // contiguous files are files
    linkName: textAt(block, 157, 100),
  };
}

/** The fields of a pax header, records `length key=value\n`; undefined if they are damaged. */
export function readPaxFields(bytes: Uint8Array): ReadonlyMap<string, string> | undefined {
  const fields = new Map<string, string>();
  for (let at = 0; at < bytes.length; ) {
    const space = bytes.indexOf(0x20, at);
    const length = Number(decoded(bytes.subarray(at, Math.max(at, space))));
    const record = bytes.subarray(space + 1, at + length);
    const equals = record.indexOf(0x3d);
    if (space < 0 || !(length > 0) || at + length > bytes.length || equals < 0) return undefined;
    fields.set(decoded(record.subarray(0, equals)), decoded(record.subarray(equals + 1, -1)));
    at += length;
  }
  return fields;
}

/** A name, ended by a zero byte or the end of its field. */
export function tarName(bytes: Uint8Array): string {
  const end = bytes.indexOf(0);
  return decoded(end < 0 ? bytes : bytes.subarray(0, end));
}

function textAt(block: Uint8Array, offset: number, length: number): string {
  return tarName(block.subarray(offset, offset + length));
}

function decoded(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes);
}

/** Octal digits, or as GNU writes what they do not hold: the top bit, then 95 bits, the first byte highest. */
function numberAt(block: Uint8Array, offset: number, length: number): number | undefined {
  const field = block.subarray(offset, offset + length);
  if (field[0] === 0x80) {
    const value = field.subarray(1).reduce((sum, byte) => sum * 256 + byte, 0);
    return Number.isSafeInteger(value) ? value : undefined;
  }
  const digits = tarName(field).trim();
  return /^[0-7]*$/.test(digits) ? Number.parseInt(digits || '0', 8) : undefined;
}

/** The sum of all bytes, those of the sum's own field as spaces; some old programs added them as signed. */
function hasItsSum(block: Uint8Array): boolean {
  if (block.length < BLOCK) return false;
  let [sum, signed] = [0, 0];
  for (let i = 0; i < BLOCK; i++) {
    const byte = i >= 148 && i < 156 ? 0x20 : (block[i] ?? 0);
    sum += byte;
    signed += byte > 127 ? byte - 256 : byte;
  }
  const said = numberAt(block, 148, 8);
  return said === sum || said === signed;
}
