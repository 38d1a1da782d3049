import { stat } from 'node:fs/promises';
import { FileReadError } from '../../platform/errors.ts';
import { systemCode } from '../errors.ts';
import { imageAddress } from '../image-address.ts';
import { localPath } from '../image-bytes.ts';
import { readIdentified } from '../image-identity.ts';
import { isObjectAddress } from '../object-store/address.ts';
import { BucketAccessError, ObjectStoreError } from '../object-store/errors.ts';
import { objectFacts } from '../object-store/input-objects.ts';
import type { PlannedImage } from './cut.ts';
import { InputChangedError } from './errors.ts';

/** What tells later whether an image is still the same. */
export type InputFacts = Pick<PlannedImage, 'sha256' | 'size' | 'modified' | 'etag'>;

/** Facts of files, each asked for once while its images come one after the other. */
export class InputFiles {
  #recent: { readonly file: string; readonly facts: Promise<InputFacts> } | undefined;

  /**
   * The size and time of an image's file, or with `digests` the SHA-256 of its bytes. Nothing of a URL or a missing file.
   * @throws {FileReadError} where the system does not say @throws {BiomedClipError} with `digests`, what reading the image throws
   */
  async facts(image: string, digests: boolean): Promise<InputFacts> {
    if (digests) return { sha256: (await readIdentified(image)).identity.sha256 };
    const { file } = imageAddress(image);
    if (isObjectAddress(file)) return (await objectFacts(file, false)) ?? {};
    if (this.#recent?.file !== file) this.#recent = { file, facts: fileFacts(file) };
    return this.#recent.facts;
  }

  /**
   * @param path where the planned image lies on this machine
   * @param row the line of the plan's list, from 1 on
   * @param isRead whether it is an object whose ETag is known once it is read, so that nobody asks for it
   * @throws {InputChangedError}
   */
  async expectSame(
    { size, modified, etag }: PlannedImage,
    path: string,
    row: number,
    isRead = false,
  ): Promise<void> {
    if (size === undefined) return; // by its digest, once it is read
    const { file, member } = imageAddress(path);
    if (isRead && etag !== undefined && member === undefined) return;
    if (this.#recent?.file !== file) this.#recent = { file, facts: fileFacts(file) };
    const now = await this.#recent.facts;
    if (now.size === undefined) throw new InputChangedError(path, row, 'it is not there');
    if (now.size !== size) {
      const [before, after] = [size, now.size].map((bytes) => bytes.toLocaleString('en'));
      throw new InputChangedError(path, row, `it had ${before} bytes and has ${after}`);
    }
    if (now.etag !== etag)
      throw new InputChangedError(path, row, 'its ETag is another: it was written again');
    if (now.modified !== modified) {
      const reason =
        'it was written again; where files are copied, plan with --digests, which compares what is in them';
      throw new InputChangedError(path, row, reason);
    }
  }
}

async function fileFacts(file: string): Promise<InputFacts> {
  if (isObjectAddress(file)) return (await objectFacts(file, true)) ?? {};
  const path = localPath(file);
  if (path === undefined) return {};
  const found = await stat(path, { bigint: true }).catch((cause: unknown) => {
    const code = systemCode(cause);
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    throw new FileReadError(path, code, { cause });
  });
  return found ? { size: Number(found.size), modified: String(found.mtimeNs) } : {};
}

/** Of a machine, its disks or network, and not of the file: read again, or elsewhere, it may be fine. */
const PASSING = new Set([
  'EIO',
  'ESTALE',
  'ETIMEDOUT',
  'EMFILE',
  'ENFILE',
  'ENOMEM',
  'EAGAIN',
  'EBUSY',
  'EACCES',
  'ENXIO',
]);

/** Whether an image failed for a reason that says nothing of the image. */
export function isOfThisMachine(error: unknown): boolean {
  for (let at = error; at instanceof Error; at = at.cause) {
    if (at instanceof ObjectStoreError || at instanceof BucketAccessError) return true;
    if ('code' in at && PASSING.has(String(at.code))) return true;
  }
  return false;
}
