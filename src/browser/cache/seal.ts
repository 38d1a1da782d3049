import { hex, sha256 } from '../../platform/sha256.ts';

/** Bytes of a SHA-256. */
const DIGEST_BYTES = 32;

/** The bytes behind their SHA-256, so that damage, or a write that was cut short, is seen when they are read. */
export async function seal(bytes: Uint8Array): Promise<Uint8Array<ArrayBuffer>> {
  const sealed = new Uint8Array(DIGEST_BYTES + bytes.length);
  sealed.set(bytes, DIGEST_BYTES);
  sealed.set(await sha256(sealed.subarray(DIGEST_BYTES)));
  return sealed;
}

/** What was sealed, or undefined if this is not what was written. */
export async function unseal(sealed: Uint8Array<ArrayBuffer>): Promise<Uint8Array | undefined> {
  if (sealed.length < DIGEST_BYTES) return undefined;
  const bytes = sealed.subarray(DIGEST_BYTES);
  const digest = await sha256(bytes);
  return digest.every((byte, i) => byte === sealed[i]) ? bytes : undefined;
}

/** A name for a text of any length: 16 bytes of its SHA-256 in hexadecimal digits. */
export async function nameFor(text: string): Promise<string> {
  const digest = await sha256(new TextEncoder().encode(text));
  return hex(digest.subarray(0, 16));
}
