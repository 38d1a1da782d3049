import { stat } from 'node:fs/promises';
import { type ImageReader, nameOf } from '../image/source.ts';
import { hex, sha256 } from '../platform/sha256.ts';
import { fileStamp } from './file-stamp.ts';
import { localPath, readImageBytes, readImageFile } from './image-bytes.ts';

/** What an image was when it was read. Without a digest: it could not be read. */
export interface ImageIdentity {
  /** SHA-256 of the bytes that were decoded, 64 hexadecimal digits. */
  readonly sha256?: string;
  /** Of a file, as `fileStamp` has it: while it is the same, nobody need read the file to know its digest. */
  readonly stamp?: string;
}

/** The bytes of an image at a path or URL, and what they are. @throws {ImageError} as `readImageBytes` */
export async function readIdentified(
  image: string,
): Promise<{ readonly bytes: Uint8Array; readonly identity: ImageIdentity }> {
  const path = localPath(image);
  const { bytes, stamp } =
    path === undefined ? { bytes: await readImageBytes(image), stamp: undefined } : await readImageFile(path);
  return { bytes, identity: { sha256: hex(await sha256(bytes)), ...(stamp ? { stamp } : {}) } };
}

/** Whether an image is what it was: by its stamp, else by its content. What could not be read still must not be. */
export async function isUnchanged(image: string, before: ImageIdentity): Promise<boolean> {
  const path = localPath(image);
  if (path !== undefined && before.stamp !== undefined) {
    const now = await stat(path, { bigint: true }).catch(() => undefined);
    if (now && fileStamp(now) === before.stamp) return true;
  }
  const now = await readIdentified(image).catch(() => undefined);
  return now?.identity.sha256 === before.sha256;
}

/** Images for `embedBatch`, each read when its turn comes, and what those were that were embedded. */
export class IdentifiedImages {
  readonly #identities = new Map<number, ImageIdentity>();

  /** @param index by which `identityOf` is asked */
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
