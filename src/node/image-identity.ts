import type { NamedImage } from '../api.ts';
import { imageFormat } from '../image/header.ts';
import { isPixelSource, nameOf, type PixelSource } from '../image/source.ts';
import { hex, sha256 } from '../platform/sha256.ts';
import { imageAddress } from './image-address.ts';
import { localPath, readImageBytes, readImageFile } from './image-bytes.ts';
import { readMember, stampOf } from './image-containers.ts';
import { isObjectAddress } from './object-store/address.ts';
import { readObject } from './object-store/input-objects.ts';

/** Identifies an image as it was read. No digest: it could not be read. */
export interface ImageIdentity {
  /** SHA-256 of the bytes that were decoded, 64 hexadecimal digits. */
  readonly sha256?: string;
  /** The file's `fileStamp`, or an object's ETag: while it is equal, the digest is known without reading. */
  readonly stamp?: string;
}

/** What an image file has, or the pixels that a container gives. */
type ImageContent = Uint8Array | PixelSource;

interface IdentifiedContent {
  readonly content: ImageContent;
  readonly identity: ImageIdentity;
}

/** The file whose frames or slices were asked for last: they share its bytes, so that it is read and unpacked once. */
let recent: { readonly key: string; readonly read: Promise<IdentifiedContent> } | undefined;

/** An image at an address, and its identity. @throws {ImageError} as `readImageBytes` @throws {BiomedClipError} of containers */
export async function readIdentified(image: string): Promise<IdentifiedContent> {
  const { file, picture } = imageAddress(image);
  const stamp = picture && (await stampOf(file));
  if (stamp === undefined) return identified(image);
  const key = `${file}\n${stamp}`;
  if (recent?.key !== key) {
    recent = { key, read: identified(file) };
    recent.read.catch(() => {
      recent = undefined; // it is tried again
    });
  }
  return recent.read;
}

async function identified(image: string): Promise<IdentifiedContent> {
  const { content, stamp } = await readStamped(image);
  const { buffer, byteOffset, byteLength } = isPixelSource(content) ? content.data : content;
  const bytes = new Uint8Array(buffer, byteOffset, byteLength);
  return { content, identity: { sha256: hex(await sha256(bytes)), ...(stamp ? { stamp } : {}) } };
}

async function readStamped(
  image: string,
): Promise<{ readonly content: ImageContent; readonly stamp?: string }> {
  const { file, member } = imageAddress(image);
  if (member !== undefined) {
    const stamp = await stampOf(file); // before it is read, so that a later change makes another
    return { content: await readMember(file, member), stamp };
  }
  if (isObjectAddress(file)) {
    const { bytes, etag } = await readObject(file);
    return { content: bytes, stamp: etag };
  }
  const path = localPath(file);
  if (path === undefined) return { content: await readImageBytes(file) };
  const { bytes, stamp } = await readImageFile(path);
  return { content: bytes, stamp };
}

/**
 * Whether an image is unchanged: by its stamp, else by its content. One that could not be read must still be
 * unreadable.
 */
export async function isUnchanged(image: string, before: ImageIdentity): Promise<boolean> {
  if (before.stamp !== undefined && (await stampOf(imageAddress(image).file)) === before.stamp) return true;
  const now = await readIdentified(image).catch(() => undefined);
  return now?.identity.sha256 === before.sha256;
}

/** Images for `embedBatch` that record the identity of each. */
export class IdentifiedImages {
  readonly #identities = new Map<number, ImageIdentity>();
  readonly #tags = new Map<number, Readonly<Record<string, string>>>();

  /** @param dicomTags attributes of DICOM files to keep; none, unless a user names them */
  constructor(private readonly dicomTags: readonly string[] = []) {}

  /**
   * @param index the key for `identityOf`
   * @param image its address
   */
  named(index: number, image: string, { id, window }: Pick<NamedImage, 'id' | 'window'>): NamedImage {
    const read = async () => {
      const { content, identity } = await readIdentified(image);
      this.#identities.set(index, identity);
      await this.#keepTags(index, image, content);
      return content;
    };
    return { id, source: { name: nameOf(image), read }, window, ...imageAddress(image).picture };
  }

  async #keepTags(index: number, image: string, content: ImageContent): Promise<void> {
    if (this.dicomTags.length === 0 || isPixelSource(content) || imageFormat(content) !== 'DICOM') return;
    const { readDicomTags } = await import('../image/dicom/read-tags.ts');
    this.#tags.set(index, await readDicomTags(content, this.dicomTags, image));
  }

  /** The attributes of a DICOM file that were asked for. */
  tagsOf(index: number): Readonly<Record<string, string>> | undefined {
    return this.#tags.get(index);
  }

  identityOf(index: number): ImageIdentity {
    return this.#identities.get(index) ?? {};
  }
}
