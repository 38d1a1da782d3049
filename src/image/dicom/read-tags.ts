import { convertBytes } from 'dicom-character-set';
import { InvalidOptionError } from '../../errors.ts';
import { UnreadableImageError } from '../errors.ts';
import type { Attributes } from './data-set.ts';
import { readDicom } from './read-file.ts';
import { tag } from './tags.ts';

/** An attribute that was named. */
interface NamedTag {
  readonly name: string;
  /** As dicom-parser has it: `x00100020`. */
  readonly key: string;
  /** Of PS3.6, for files that do not say it. */
  readonly vr: string | undefined;
}

/** VRs whose value is text (PS3.5, 6.2). */
const TEXT = 'AE AS CS DA DS DT IS LO LT PN SH ST TM UC UI UR UT'.split(' ');
/** Text that the Specific Character Set is about. */
const WITH_CHARACTER_SET = ['LO', 'LT', 'PN', 'SH', 'ST', 'UC', 'UT'];

/**
 * The values of attributes as text, by the names that were asked for: several values with `\` between them, as they are
 * stored, empty where the file has none. Nothing else of a file's attributes is handed out.
 * @param names keywords of PS3.6 (`PatientSex`), or tags (`(0010,0040)`, `00100040`)
 * @param file its name, for errors
 * @throws {InvalidOptionError} for a name that is neither, and for an attribute whose value is no text and no number
 * @throws {UnreadableImageError}
 */
export async function readDicomTags(
  bytes: Uint8Array,
  names: readonly string[],
  file: string,
): Promise<Record<string, string>> {
  const named = await dicomTags(names);
  const { attributes } = readDicom(bytes, file);
  return Object.fromEntries(named.map((one) => [one.name, attributeText(attributes, one, file)]));
}

/** @throws {InvalidOptionError} unless each is a keyword or a tag of a data set */
export async function dicomTags(names: readonly string[]): Promise<NamedTag[]> {
  const dictionary = await import('@iwharris/dicom-data-dictionary');
  return names.map((name) => {
    const known = dictionary.get_element(name.toUpperCase()) ?? dictionary.get_element(name);
    const digits = /^\(?([\da-f]{4}),?([\da-f]{4})\)?$/i.exec(known?.tag ?? name);
    if (!digits || Number.parseInt(digits[1] ?? '', 16) < 8) {
      throw new InvalidOptionError('dicomTags', 'keywords of DICOM (Modality) or tags ((0008,0060))', name);
    }
    return { name, key: `x${digits[1]}${digits[2]}`.toLowerCase(), vr: known?.vr };
  });
}

function attributeText(attributes: Attributes, { name, key, vr: usual }: NamedTag, file: string): string {
  const element = attributes.element(key);
  const bytes = attributes.bytes(key);
  if (!element || !bytes || bytes.length === 0) return '';
  const listed =
    usual === 'US or SS' ? (attributes.word(tag.pixelRepresentation) === 1 ? 'SS' : 'US') : usual;
  const vr = element.vr && element.vr !== 'UN' ? element.vr : listed;
  if (vr && TEXT.includes(vr)) return textOf(attributes, bytes, vr, `${file}: ${name}`);
  const numbers = vr === undefined ? undefined : numbersOf(attributes, bytes, vr);
  if (numbers) return numbers.join('\\');
  throw new InvalidOptionError('dicomTags', 'attributes whose value is text or numbers', name);
}

/** @throws {UnreadableImageError} for a character set that there is not, or bytes that are none of it */
function inCharacters(characters: string | undefined, bytes: Uint8Array, vr: string, source: string): string {
  try {
    return convertBytes(characters, bytes, { vr });
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new UnreadableImageError(source, `its text is none of its character set: ${reason}`, { cause });
  }
}

/** Values are padded by blanks, UIDs by NUL. */
function textOf(attributes: Attributes, bytes: Uint8Array, vr: string, source: string): string {
  const characters = WITH_CHARACTER_SET.includes(vr)
    ? attributes.allText(tag.specificCharacterSet)
    : undefined;
  return inCharacters(characters, bytes, vr, source)
    .split('\\')
    .map((text) => text.replace(/^ +|[ \0]+$/g, ''))
    .join('\\');
}

function numbersOf(
  { bigEndian }: Attributes,
  bytes: Uint8Array,
  vr: string,
): (number | bigint)[] | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const little = !bigEndian;
  const readers: Record<string, [size: number, read: (at: number) => number | bigint]> = {
    US: [2, (at) => view.getUint16(at, little)],
    SS: [2, (at) => view.getInt16(at, little)],
    UL: [4, (at) => view.getUint32(at, little)],
    SL: [4, (at) => view.getInt32(at, little)],
    UV: [8, (at) => view.getBigUint64(at, little)],
    SV: [8, (at) => view.getBigInt64(at, little)],
    FL: [4, (at) => view.getFloat32(at, little)],
    FD: [8, (at) => view.getFloat64(at, little)],
  };
  const [size, read] = readers[vr] ?? [];
  if (!size || !read) return undefined;
  return Array.from({ length: Math.floor(bytes.length / size) }, (_, i) => read(i * size));
}
