const CHUNK = 4 << 20;

/** SHA-256 */
export async function sha256(bytes: BufferSource): Promise<Uint8Array<ArrayBuffer>> {
  return new Uint8Array(await crypto.subtle.digest('SHA-256', bytes));
}

/** SHA-256 of the SHA-256s of a blob's chunks, as text: the whole of it need not lie in memory. */
export async function digestOf(blob: Blob): Promise<string> {
  const digests: Uint8Array<ArrayBuffer>[] = [];
  for (let at = 0; at < blob.size; at += CHUNK) {
    digests.push(await sha256(await blob.slice(at, at + CHUNK).arrayBuffer()));
  }
  return hex(await sha256(await new Blob(digests).arrayBuffer()));
}

export function hex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}
