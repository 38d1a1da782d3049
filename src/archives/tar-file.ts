import type { ByteSource } from '../platform/files.ts';
import { type ByteReader, blockReader } from './byte-reader.ts';
import { ArchiveError, DuplicateItemError } from './errors.ts';
import { gunzipReader } from './gunzip.ts';
import { readMember, type TarMember, tarMembers } from './tar-members.ts';

/** The members of a tar, plain or compressed by gzip, found as they are asked for. */
export class TarFile {
  /** What may be wrong with it, as sentences; known once all members are. */
  readonly notes: string[] = [];
  readonly #members = new Map<string, TarMember>();
  readonly #rest: AsyncGenerator<TarMember>;
  readonly #reader: ByteReader;
  #turn: Promise<unknown> = Promise.resolve();

  private constructor(
    private readonly source: ByteSource,
    private readonly packed: boolean,
  ) {
    this.#reader = packed ? gunzipReader(source) : blockReader(source);
    const size = packed ? undefined : source.size;
    this.#rest = tarMembers(source.name, this.#reader, size, (note) => this.notes.push(note));
  }

  /** @throws {ArchiveError} for a compression that is not read */
  static async open(source: ByteSource): Promise<TarFile> {
    const packing = packingOf(await source.read(0, Math.min(6, source.size)));
    if (packing === undefined || packing === 'gzip') return new TarFile(source, packing === 'gzip');
    const reason = `is compressed by ${packing}, which is not read; decompress it, or compress it by gzip`;
    throw new ArchiveError(source.name, undefined, reason);
  }

  /** The next member, in the order of the file. @throws {ArchiveError} @throws {DuplicateItemError} */
  async next(): Promise<TarMember | undefined> {
    const { value: member, done } = await this.#rest.next();
    if (done) return undefined;
    const earlier = this.#members.get(member.name);
    if (earlier) throw new DuplicateItemError(member.name, this.#placeOf(member), this.#placeOf(earlier));
    this.#members.set(member.name, member);
    return member;
  }

  /** A member's bytes. @param limit the most that are read @throws {ArchiveError} */
  bytesOf(member: TarMember, limit?: number): Promise<Uint8Array> {
    return readMember(this.source.name, member, this.#reader, limit);
  }

  /**
   * The bytes of a member by its name. What is compressed is read in one pass where members are asked for in their order.
   * @throws {ArchiveError} where there is none
   */
  async read(name: string): Promise<Uint8Array> {
    const found = this.#turn.then(async () => {
      const member = await this.#find(name);
      return { member, bytes: this.packed ? await this.bytesOf(member) : undefined };
    });
    this.#turn = found.catch(() => undefined);
    const { member, bytes } = await found;
    return bytes ?? this.bytesOf(member);
  }

  close(): Promise<void> {
    return this.source.close();
  }

  async #find(name: string): Promise<TarMember> {
    const known = this.#members.get(name);
    if (known) return known;
    for (let member = await this.next(); member; member = await this.next()) {
      if (member.name === name) return member;
    }
    throw new ArchiveError(this.source.name, name, 'there is no such member');
  }

  #placeOf({ name, offset }: TarMember): string {
    return `${this.source.name}#${name} (byte ${offset})`;
  }
}

function packingOf(start: Uint8Array): string | undefined {
  const hex = [...start].map((byte) => byte.toString(16).padStart(2, '0')).join('');
  const magic = { '1f8b': 'gzip', '28b52ffd': 'zstd', fd377a585a: 'xz', '425a68': 'bzip2' };
  return Object.entries(magic).find(([bytes]) => hex.startsWith(bytes))?.[1];
}
