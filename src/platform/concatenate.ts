/** All values, one part after the other. */
export function concatenate(parts: readonly Float32Array[]): Float32Array<ArrayBuffer> {
  return joined(parts, new Float32Array(lengthOf(parts)));
}

/** All bytes, one part after the other. */
export function concatenateBytes(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  return joined(parts, new Uint8Array(lengthOf(parts)));
}

function lengthOf(parts: readonly { readonly length: number }[]): number {
  return parts.reduce((sum, part) => sum + part.length, 0);
}

function joined<T extends ArrayLike<number> & { set(values: ArrayLike<number>, offset: number): void }>(
  parts: readonly ArrayLike<number>[],
  all: T,
): T {
  let offset = 0;
  for (const part of parts) {
    all.set(part, offset);
    offset += part.length;
  }
  return all;
}
