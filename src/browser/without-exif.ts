/**
 * A copy of an image file whose EXIF block, and with it the orientation, no decoder finds. Browsers rotate by it and
 * cannot be told not to; open_clip's pipeline does not rotate. The block's name is overwritten in place, so that no
 * offset changes.
 */
export function withoutExif(bytes: Uint8Array, format: string): Uint8Array {
  const at = exifNameAt(new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength), format);
  if (at === undefined) return bytes;
  const copy = bytes.slice();
  copy.set([0x78, 0x78, 0x58, 0x78], at); // "xxXx": a chunk of that name may be skipped, in PNG too
  return copy;
}

function exifNameAt(view: DataView, format: string): number | undefined {
  if (format === 'jpeg') return jpegExif(view);
  if (format === 'png')
    return chunk(view, { start: 8, order: 'length-name', littleEndian: false, name: 'eXIf' });
  if (format === 'webp')
    return chunk(view, { start: 12, order: 'name-length', littleEndian: true, name: 'EXIF' });
  return undefined;
}

/** JPEG: the APP1 segment that begins with "Exif", before the scan. */
function jpegExif(view: DataView): number | undefined {
  for (let at = 2; at + 8 <= view.byteLength; ) {
    const marker = view.getUint16(at);
    if (marker === 0xffda || marker >> 8 !== 0xff) return undefined;
    if (marker === 0xffe1 && nameAt(view, at + 4) === 'Exif') return at + 4;
    at += 2 + view.getUint16(at + 2);
  }
  return undefined;
}

interface ChunkFormat {
  readonly start: number;
  readonly order: 'length-name' | 'name-length';
  readonly littleEndian: boolean;
  readonly name: string;
}

/** PNG: length, name, data, CRC. RIFF (WebP): name, length, data padded to an even length. */
function chunk(view: DataView, { start, order, littleEndian, name }: ChunkFormat): number | undefined {
  for (let at = start; at + 8 <= view.byteLength; ) {
    const named = order === 'name-length' ? at : at + 4;
    if (nameAt(view, named) === name) return named;
    const length = view.getUint32(order === 'name-length' ? at + 4 : at, littleEndian);
    at += 8 + (order === 'name-length' ? length + (length % 2) : length + 4);
  }
  return undefined;
}

function nameAt(view: DataView, at: number): string {
  return String.fromCharCode(...[0, 1, 2, 3].map((i) => view.getUint8(at + i)));
}
