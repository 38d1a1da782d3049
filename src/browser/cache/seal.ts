import { hex, sha256 } from '../../platform/sha256.ts';

/** Length of a SHA-256 in bytes. */
const DIGEST_BYTES = 32;

/** Prefixes the bytes with their SHA-256, so that damage or an incomplete write is noticed on reading. */
export async function seal(bytes: Uint8Array): Promise<Uint8Array<ArrayBuffer>> {
  const sealed = new Uint8Array(DIGEST_BYTES + bytes.length);
  sealed.set(bytes, DIGEST_BYTES);
  sealed.set(await sha256(sealed.subarray(DIGEST_BYTES)));
  return sealed;
}

/** The bytes that were sealed, or undefined if they are damaged. */
export async function unseal(sealed: Uint8Array<ArrayBuffer>): Promise<Uint8Array | undefined> {
  if (sealed.length < DIGEST_BYTES) return undefined;
  const bytes = sealed.subarray(DIGEST_BYTES);
  const digest = await sha256(bytes);
  return digest.every((byte, i) => byte === sealed[i]) ? bytes : undefined;
}

/** A file name for a text of any length: 16 bytes of its SHA-256 in hexadecimal. */
export async function nameFor(text: string): Promise<string> {
  const digest = await sha256(new TextEncoder().encode(text));
  return hex(digest.subarray(0, 16));
}
