import { byteCount, excerpt } from '../excerpt.ts';
import { maxFileBytes } from '../image/limits.ts';
import type { ByteReader } from './byte-reader.ts';
import { ArchiveError } from './errors.ts';
import { BLOCK, readPaxFields, readTarHeader, type TarHeader, tarName } from './tar-header.ts';

/** A file in a tar. */
export interface TarMember {
  /** Without `.` and `..`, and without a slash at the start. */
  readonly name: string;
  /** Of its bytes in the tar. */
  readonly offset: number;
  readonly size: number;
}

/** Pax fields and long names are small. */
const MOST_FIELDS = 1024 * 1024;

/** What headers say of the next member. */
interface Told {
  name?: string;
  size?: number;
  linkName?: string;
}

/**
 * The files of a tar in their order, by its headers alone. Folders, devices and symbolic links are left out; a hard link is
 * the file that it means. Zero blocks in between are passed over, so files that were appended to each other are read as one.
 * @param size of the tar, where that is known
 * @param onNote what may be wrong with it
 * @throws {ArchiveError} if it is no tar, damaged or cut short
 */
export async function* tarMembers(
  file: string,
  reader: ByteReader,
  size: number | undefined,
  onNote: (note: string) => void,
): AsyncGenerator<TarMember> {
  const places = new Map<string, TarMember>();
  let [told, offset, ended]: [Told, number, boolean] = [{}, 0, false];
  for (;;) {
    const block = await headerAt(file, reader, offset);
    if (block === undefined) break;
    const header = readTarHeader(block);
    offset += BLOCK;
    if (!header && block.every((byte) => byte === 0)) {
      ended = true;
      continue;
    }
    if (!header) throw noHeader(file, offset - BLOCK);
    ended = false;
    const isAboutNext = 'xgLK'.includes(header.type);
    const length = isAboutNext ? header.size : dataLength(header, told);
    if (size !== undefined && offset + length > size) throw cutShort(file, offset, length, size);
    if (isAboutNext) {
      told = { ...told, ...(await toldBy(file, header, reader, offset)) };
    } else {
      const member = memberOf(file, header, told, { offset, size: length }, places);
      told = {};
      if (member) {
        places.set(member.name, member);
        yield member;
      }
    }
    offset += Math.ceil(length / BLOCK) * BLOCK;
  }
  if (!ended) onNote(`${file}: has no end mark, two blocks of zeros; it may be cut short`);
}

/** Links, devices and folders have no data, whatever size is written there. */
function dataLength({ type, size }: TarHeader, told: Told): number {
  return '123456'.includes(type) ? 0 : (told.size ?? size);
}

/**
 * The block at a place, or undefined at the end of the file. The byte before it is read too, since what ends before that is
 * cut short.
 */
async function headerAt(file: string, reader: ByteReader, offset: number): Promise<Uint8Array | undefined> {
  const before = offset === 0 ? 0 : 1;
  const bytes = await reader.read(offset - before, BLOCK + before);
  if (bytes.length === BLOCK + before) return bytes.subarray(before);
  if (bytes.length === before && before === 1) return undefined;
  const reason =
    offset === 0
      ? `is no tar file: it has ${byteCount(bytes.length)}, less than a header`
      : `is cut short: byte ${offset} should begin a block of 512 bytes; make or download it anew`;
  throw new ArchiveError(file, undefined, reason);
}

function noHeader(file: string, offset: number): ArchiveError {
  const reason =
    offset === 0
      ? 'is no tar file: its first 512 bytes are no header of one'
      : `is damaged: at byte ${offset} there is no header of a member; make or download it anew`;
  return new ArchiveError(file, undefined, reason);
}

function cutShort(file: string, offset: number, length: number, size: number): ArchiveError {
  const reason = `is cut short: a member has ${byteCount(length)} from byte ${offset}, and the file ${byteCount(size)}; make or download it anew`;
  return new ArchiveError(file, undefined, reason);
}

/** What a header before the member's own says; fields for all members (`g`) have no names, so they are passed over. */
async function toldBy(
  file: string,
  { type, size }: TarHeader,
  reader: ByteReader,
  offset: number,
): Promise<Told> {
  if (type === 'g') return {};
  if (size > MOST_FIELDS) {
    throw new ArchiveError(file, undefined, `is damaged: a name at byte ${offset} has ${byteCount(size)}`);
  }
  const bytes = await reader.read(offset, size);
  if (type === 'L') return { name: tarName(bytes) };
  if (type === 'K') return { linkName: tarName(bytes) };
  const fields = readPaxFields(bytes);
  if (!fields) throw damagedFields(file, offset);
  if ([...fields.keys()].some((key) => key.startsWith('GNU.sparse.'))) {
    const reason = 'has sparse members, which are not read; write it without the option --sparse';
    throw new ArchiveError(file, fields.get('path'), reason);
  }
  const [name, linkName, length] = ['path', 'linkpath', 'size'].map((key) => fields.get(key));
  if (length !== undefined && !/^\d{1,15}$/.test(length)) throw damagedFields(file, offset);
  return {
    ...(name !== undefined && { name }),
    ...(linkName !== undefined && { linkName }),
    ...(length !== undefined && { size: Number(length) }),
  };
}

function damagedFields(file: string, offset: number): ArchiveError {
  return new ArchiveError(file, undefined, `is damaged: the pax fields at byte ${offset} cannot be read`);
}

/** Undefined for what is no file. */
function memberOf(
  file: string,
  header: TarHeader,
  told: Told,
  place: { readonly offset: number; readonly size: number },
  places: ReadonlyMap<string, TarMember>,
): TarMember | undefined {
  const written = told.name ?? header.name;
  if (header.type === 'S') {
    throw new ArchiveError(
      file,
      written,
      'is stored sparse, which is not read; write the tar without --sparse',
    );
  }
  if (!'01'.includes(header.type) || written.endsWith('/')) return undefined;
  const name = memberName(file, written);
  if (name === '') return undefined;
  if (header.type === '0') return { name, ...place };
  const meant = places.get(memberName(file, told.linkName ?? header.linkName));
  if (meant) return { ...meant, name };
  throw new ArchiveError(
    file,
    name,
    `is a link to ${excerpt(told.linkName ?? header.linkName)}, which is not before it`,
  );
}

/** Nothing is ever written by these names; without `..` they name no other place in messages and manifests either. */
function memberName(file: string, written: string): string {
  const name = written
    .split('/')
    .filter((part) => part !== '' && part !== '.' && part !== '..')
    .join('/');
  if (!/[\p{Cc}\ufffd]/u.test(name)) return name;
  const reason = `a member's name, ${excerpt(name)}, is not UTF-8 or has control characters; rename it, and make the tar anew`;
  throw new ArchiveError(file, undefined, reason);
}

/** A member's bytes, a copy. @throws {ArchiveError} if it is beyond the limit */
export async function readMember(
  file: string,
  { name, offset, size }: TarMember,
  reader: ByteReader,
  limit = maxFileBytes,
): Promise<Uint8Array> {
  if (size > limit) {
    throw new ArchiveError(file, name, `has ${byteCount(size)}; at most ${byteCount(limit)} are read`);
  }
  const bytes = await reader.read(offset, size);
  if (bytes.length === size) return bytes.byteLength === bytes.buffer.byteLength ? bytes : bytes.slice();
  throw new ArchiveError(file, name, 'is cut short; make or download the file anew');
}
