/** How pixels are stored: as they are, or by which codec a frame is compressed. */
export type PixelEncoding = 'native' | 'rle' | 'jpeg' | 'jpeg-lossless' | 'jpeg-ls' | 'jpeg-2000';

/** A transfer syntax (PS3.5, annex A; PS3.6, table A-1). */
export interface TransferSyntax {
  readonly uid: string;
  readonly name: string;
  /** Undefined for what is not read. */
  readonly encoding: PixelEncoding | undefined;
}

/** Implicit VR: no element names the type of its value. */
export const implicitLittleEndian = '1.2.840.10008.1.2';
export const explicitLittleEndian = '1.2.840.10008.1.2.1';
export const deflatedLittleEndian = '1.2.840.10008.1.2.1.99';
export const explicitBigEndian = '1.2.840.10008.1.2.2';

const known: readonly (readonly [uid: string, name: string, encoding?: PixelEncoding])[] = [
  [implicitLittleEndian, 'Implicit VR Little Endian', 'native'],
  [explicitLittleEndian, 'Explicit VR Little Endian', 'native'],
  ['1.2.840.10008.1.2.1.98', 'Encapsulated Uncompressed Explicit VR Little Endian'],
  [deflatedLittleEndian, 'Deflated Explicit VR Little Endian', 'native'],
  [explicitBigEndian, 'Explicit VR Big Endian', 'native'],
  ['1.2.840.10008.1.2.4.50', 'JPEG Baseline', 'jpeg'],
  ['1.2.840.10008.1.2.4.51', 'JPEG Extended', 'jpeg'],
  ['1.2.840.10008.1.2.4.57', 'JPEG Lossless', 'jpeg-lossless'],
  ['1.2.840.10008.1.2.4.70', 'JPEG Lossless, first-order prediction', 'jpeg-lossless'],
  ['1.2.840.10008.1.2.4.80', 'JPEG-LS Lossless', 'jpeg-ls'],
  ['1.2.840.10008.1.2.4.81', 'JPEG-LS Near-Lossless', 'jpeg-ls'],
  ['1.2.840.10008.1.2.4.90', 'JPEG 2000 Lossless', 'jpeg-2000'],
  ['1.2.840.10008.1.2.4.91', 'JPEG 2000', 'jpeg-2000'],
  ['1.2.840.10008.1.2.4.92', 'JPEG 2000 Part 2 Lossless'],
  ['1.2.840.10008.1.2.4.93', 'JPEG 2000 Part 2'],
  ['1.2.840.10008.1.2.4.94', 'JPIP Referenced'],
  ['1.2.840.10008.1.2.4.95', 'JPIP Referenced Deflate'],
  ['1.2.840.10008.1.2.4.100', 'MPEG2 video'],
  ['1.2.840.10008.1.2.4.101', 'MPEG2 video'],
  ['1.2.840.10008.1.2.4.102', 'MPEG-4 video'],
  ['1.2.840.10008.1.2.4.103', 'MPEG-4 video'],
  ['1.2.840.10008.1.2.4.104', 'MPEG-4 video'],
  ['1.2.840.10008.1.2.4.105', 'MPEG-4 video'],
  ['1.2.840.10008.1.2.4.106', 'MPEG-4 video'],
  ['1.2.840.10008.1.2.4.107', 'HEVC video'],
  ['1.2.840.10008.1.2.4.108', 'HEVC video'],
  ['1.2.840.10008.1.2.4.110', 'JPEG XL Lossless'],
  ['1.2.840.10008.1.2.4.111', 'JPEG XL recompressed from JPEG'],
  ['1.2.840.10008.1.2.4.112', 'JPEG XL'],
  ['1.2.840.10008.1.2.4.201', 'High-Throughput JPEG 2000 Lossless', 'jpeg-2000'],
  ['1.2.840.10008.1.2.4.202', 'High-Throughput JPEG 2000 Lossless, RPCL', 'jpeg-2000'],
  ['1.2.840.10008.1.2.4.203', 'High-Throughput JPEG 2000', 'jpeg-2000'],
  ['1.2.840.10008.1.2.5', 'RLE Lossless', 'rle'],
];

export function transferSyntaxOf(uid: string): TransferSyntax {
  const [, name, encoding] = known.find(([id]) => id === uid) ?? [uid, `transfer syntax ${uid}`, undefined];
  return { uid, name, encoding };
}
