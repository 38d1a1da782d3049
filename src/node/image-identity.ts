import { stat } from 'node:fs/promises';
import { type ImageReader, nameOf } from '../image/source.ts';
import { hex, sha256 } from '../platform/sha256.ts';
import { fileStamp } from './file-stamp.ts';
import { localPath, readImageBytes, readImageFile } from './image-bytes.ts';

/** Identifies an image as it was read. No digest: it could not be read. */
export interface ImageIdentity {
  /** SHA-256 of the bytes that were decoded, 64 hexadecimal digits. */
  readonly sha256?: string;
  /** The file's `fileStamp`: while it is equal, the digest is known without reading. */
  readonly stamp?: string;
}

/** The bytes of an image at a path or URL, and their identity. @throws {ImageError} as `readImageBytes` */
export async function readIdentified(
  image: string,
): Promise<{ readonly bytes: Uint8Array; readonly identity: ImageIdentity }> {
  const path = localPath(image);
  const { bytes, stamp } =
    path === undefined ? { bytes: await readImageBytes(image), stamp: undefined } : await readImageFile(path);
  return { bytes, identity: { sha256: hex(await sha256(bytes)), ...(stamp ? { stamp } : {}) } };
}

/**
 * Whether an image is unchanged: by its stamp, else by its content. One that could not be read must still be
 * unreadable.
 */
export async function isUnchanged(image: string, before: ImageIdentity): Promise<boolean> {
  const path = localPath(image);
  if (path !== undefined && before.stamp !== undefined) {
    const now = await stat(path, { bigint: true }).catch(() => undefined);
    if (now && fileStamp(now) === before.stamp) return true;
  }
  const now = await readIdentified(image).catch(() => undefined);
  return now?.identity.sha256 === before.sha256;
}

/** Image readers for `embedBatch` that record the identity of each image. */
export class IdentifiedImages {
  readonly #identities = new Map<number, ImageIdentity>();

  /** @param index the key for `identityOf` */
  source(index: number, image: string): ImageReader {
    return {
      name: nameOf(image),
      read: async () => {
        const { bytes, identity } = await readIdentified(image);
        this.#identities.set(index, identity);
        return bytes;
      },
    };
  }

  identityOf(index: number): ImageIdentity {
    return this.#identities.get(index) ?? {};
  }
}
