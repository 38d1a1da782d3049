import dicomParser, { type DataSet } from 'dicom-parser';
import { UnreadableImageError } from '../errors.ts';
import { beginsWithVr, hasMagic, isDicom, META } from '../headers/dicom.ts';
import { Attributes } from './data-set.ts';
import { inflateRaw } from './inflate.ts';
import { tag } from './tags.ts';
import {
  deflatedLittleEndian,
  explicitBigEndian,
  explicitLittleEndian,
  implicitLittleEndian,
  type TransferSyntax,
  transferSyntaxOf,
} from './transfer-syntax.ts';

/** A DICOM file, parsed up to its pixels. */
export interface DicomFile {
  /** For errors. */
  readonly name: string;
  readonly syntax: TransferSyntax;
  readonly attributes: Attributes;
  /** The SOP class, of the data set or of the meta information. */
  readonly sopClass: string | undefined;
  /** The data set's bytes, inflated where they were deflated. */
  readonly bytes: Uint8Array;
}

/** VRs with a length of 32 bits (PS3.5, 7.1.2). */
const LONG = new Set(['OB', 'OD', 'OF', 'OL', 'OV', 'OW', 'SQ', 'SV', 'UC', 'UN', 'UR', 'UT', 'UV']);

/**
 * Reads the attributes of a DICOM file (PS3.10), with or without preamble and meta information, and finds the pixels.
 * @throws {UnreadableImageError} for a file that is no DICOM, or that ends before its pixels
 * @throws {ImageFileSizeError} for a deflated file that becomes too long
 */
export function readDicom(bytes: Uint8Array, name: string): DicomFile {
  if (!isDicom(bytes)) throw new UnreadableImageError(name, 'it is no DICOM file');
  const start = hasMagic(bytes) ? META : 0;
  const meta = readMeta(bytes.subarray(start));
  const stored = bytes.subarray(start + meta.length);
  const uid = meta.transferSyntax ?? guessSyntax(stored);
  const body = uid === deflatedLittleEndian ? inflateRaw(stored, name) : stored;
  const dataSet = parse(body, uid, name);
  const attributes = new Attributes(dataSet, uid === explicitBigEndian);
  const sopClass = attributes.text(tag.sopClass) ?? meta.sopClass;
  return { name, syntax: transferSyntaxOf(uid), attributes, sopClass, bytes: body };
}

interface Meta {
  /** In bytes. */
  readonly length: number;
  readonly transferSyntax?: string;
  readonly sopClass?: string;
}

/** The elements of group 2, explicit little endian whatever follows (PS3.10, 7.1). */
function readMeta(bytes: Uint8Array): Meta {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const uids = new Map<number, string>();
  let at = 0;
  while (at + 12 <= bytes.length && view.getUint16(at, true) === 2) {
    const element = view.getUint16(at + 2, true);
    const long = LONG.has(String.fromCharCode(bytes[at + 4] ?? 0, bytes[at + 5] ?? 0));
    const length = long ? view.getUint32(at + 8, true) : view.getUint16(at + 6, true);
    at += long ? 12 : 8;
    const text = String.fromCharCode(...bytes.subarray(at, at + Math.min(length, 64)));
    uids.set(element, text.replace(/[^\d.].*$/s, ''));
    at += length;
  }
  const uid = (element: number) => uids.get(element) || undefined;
  return { length: Math.min(at, bytes.length), transferSyntax: uid(0x10), sopClass: uid(0x02) };
}

/** Of a data set that names none: by its first element. */
function guessSyntax(bytes: Uint8Array): string {
  if (!beginsWithVr(bytes)) return implicitLittleEndian;
  return bytes[0] === 0 ? explicitBigEndian : explicitLittleEndian;
}

/** Whether VRs are written is seen, not believed: files exist whose transfer syntax says otherwise. */
function parse(body: Uint8Array, uid: string, name: string): DataSet {
  const TransferSyntaxUID = uid === explicitBigEndian ? uid : guessSyntax(body);
  try {
    return dicomParser.parseDicom(body, { TransferSyntaxUID, untilTag: tag.pixelData });
  } catch (cause) {
    throw new UnreadableImageError(name, 'this DICOM file ends before its pixels, or is damaged there', {
      cause,
    });
  }
}
