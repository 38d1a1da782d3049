import { hasImageEnding } from '../../image/endings.ts';
import { ImageNotFoundError } from '../../image/errors.ts';
import { checkFileSize } from '../../image/limits.ts';
import { FileReadError } from '../../platform/errors.ts';
import type { ByteSource } from '../../platform/files.ts';
import { objectAddress } from './address.ts';
import type { ObjectFacts } from './bucket.ts';
import { objectSource } from './object-source.ts';
import { openBucket } from './open-bucket.ts';

/** What lists said of objects, so that a plan asks for none again. */
const listed = new Map<string, ObjectFacts>();

/** The bytes of an image at `s3://bucket/key`, and its ETag. @throws {ImageNotFoundError} @throws {BiomedClipError} */
export async function readObject(
  address: string,
): Promise<{ readonly bytes: Uint8Array; readonly etag: string }> {
  const { bucket, key } = objectAddress(address);
  const object = await (await openBucket(bucket)).getVersion(key);
  if (!object) throw new ImageNotFoundError(address);
  checkFileSize(object.bytes.length, address);
  return object;
}

/** An object to be read by ranges. @throws {FileReadError} @throws {BiomedClipError} */
export async function openObject(address: string): Promise<ByteSource> {
  const { bucket, key } = objectAddress(address);
  const source = await objectSource(await openBucket(bucket), key);
  if (!source) throw new FileReadError(address, 'there is no such object');
  return source;
}

/** Undefined where there is none. @param fresh whether a list that was read before is not enough */
export async function objectFacts(address: string, fresh: boolean): Promise<ObjectFacts | undefined> {
  const known = fresh ? undefined : listed.get(address);
  if (known) return known;
  const { bucket, key } = objectAddress(address);
  return (await openBucket(bucket)).facts(key);
}

/** The addresses below a prefix, images and others apart; hidden ones are left out. @throws {BiomedClipError} */
export async function objectsBelow(address: string, recursive: boolean) {
  const { bucket, key } = objectAddress(address);
  const prefix = key === '' ? '' : `${key}/`;
  const found: { readonly images: string[]; readonly others: string[] } = { images: [], others: [] };
  for (const { key: name, ...facts } of await (await openBucket(bucket)).list(prefix, { deep: recursive })) {
    const within = name.slice(prefix.length);
    if (within === '' || within.split('/').some((part) => part === '' || part.startsWith('.'))) continue;
    const one = `s3://${bucket}/${name}`;
    const isImage = hasImageEnding(name) && !name.includes('#'); // after # a picture in a file is named
    found[isImage ? 'images' : 'others'].push(one);
    if (isImage) listed.set(one, facts);
  }
  return found;
}
