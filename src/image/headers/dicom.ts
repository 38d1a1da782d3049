const MAGIC = 128;

/** Where the meta information begins, behind preamble and `DICM`. */
export const META: number = MAGIC + 4;

/**
 * Whether these are the bytes of a DICOM file: `DICM` behind the preamble, or without one, elements of group 2 or 8 at the
 * start.
 */
export function isDicom(bytes: Uint8Array): boolean {
  return hasMagic(bytes) || startsWithGroup(bytes, 0x0002) || startsWithGroup(bytes, 0x0008);
}

/** Whether `DICM` stands behind a preamble of 128 bytes. */
export function hasMagic(bytes: Uint8Array): boolean {
  return [...'DICM'].every((char, i) => bytes[MAGIC + i] === char.charCodeAt(0));
}

/** A first element of this group, below (gggg,0020), with a VR or a short length. */
function startsWithGroup(bytes: Uint8Array, group: number): boolean {
  if (bytes.length < META) return false;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const little = bytes[0] !== 0;
  if (view.getUint16(0, little) !== group || view.getUint16(2, little) >= 0x20) return false;
  const length = view.getUint32(4, true);
  return beginsWithVr(bytes) || (little && length < 256 && length % 2 === 0);
}

/** Whether the first element has a VR behind its tag. */
export function beginsWithVr(bytes: Uint8Array): boolean {
  return /^[A-Z]{2}$/.test(String.fromCharCode(bytes[4] ?? 0, bytes[5] ?? 0));
}
