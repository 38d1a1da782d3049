// Counts the bytes of buffers that are made, so that a length in a header that the file does not have shows as memory taken.

const KINDS = [
  ...[
    'ArrayBuffer',
    'Uint8Array',
    'Uint8ClampedArray',
    'Int8Array',
    'Uint16Array',
    'Int16Array',
    'Uint32Array',
  ],
  ...['Int32Array', 'Float32Array', 'Float64Array', 'BigInt64Array', 'BigUint64Array'],
] as const;

let taken = 0;

/** Bytes of buffers since the last call. */
export function takenBytes(): number {
  const bytes = taken;
  taken = 0;
  return bytes;
}

/** From now on, buffers of any size are counted; those that were made before are not. */
export function countAllocations(): void {
  for (const name of KINDS) {
    const own = globalThis[name];
    const width = 'BYTES_PER_ELEMENT' in own ? own.BYTES_PER_ELEMENT : 1;
    const counted: object = new Proxy<object>(own, {
      construct(target, args: unknown[], made): object {
        const [length] = args;
        if (typeof length === 'number' && length > 0) taken += length * width;
        return Reflect.construct(
          target as typeof own,
          args,
          made === counted ? (target as typeof own) : made,
        );
      },
    });
    Object.defineProperty(globalThis, name, { value: counted, configurable: true, writable: true });
  }
}
