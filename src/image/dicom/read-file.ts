import dicomParser, { type DataSet } from 'dicom-parser';
import { isObject } from '../../arguments.ts';
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
  const { dataSet, cause } = parseUpTo(body, TransferSyntaxUID);
  const table = dataSet?.elements[tag.extendedOffsetTable];
  if (dataSet && table?.vr === 'OV') readOffsetTables(dataSet, body, table.dataOffset - 8);
  else if (!dataSet || cause) {
    const problem = 'this DICOM file ends before its pixels, or is damaged there';
    throw new UnreadableImageError(name, problem, { cause });
  }
  return dataSet;
}

/** What was read before a failure comes along with it. */
function parseUpTo(body: Uint8Array, TransferSyntaxUID: string): { dataSet?: DataSet; cause?: unknown } {
  try {
    return { dataSet: dicomParser.parseDicom(body, { TransferSyntaxUID, untilTag: tag.pixelData }) };
  } catch (cause) {
    return { dataSet: isObject(cause) && isDataSet(cause.dataSet) ? cause.dataSet : undefined, cause };
  }
}

function isDataSet(value: unknown): value is DataSet {
  return isObject(value) && isObject(value.elements);
}

/**
 * The elements from the extended offset table to the pixels: dicom-parser does not know that the length of an OV has 32 bits,
 * so what it has read from there on is wrong.
 */
function readOffsetTables({ elements }: DataSet, body: Uint8Array, start: number): void {
  const view = new DataView(body.buffer, body.byteOffset, body.byteLength);
  const hex = (at: number) => view.getUint16(at, true).toString(16).padStart(4, '0');
  for (const key of Object.keys(elements)) if (key.startsWith('x7fe0')) delete elements[key];
  for (let at = start; at + 12 <= body.length && elements[tag.pixelData] === undefined; ) {
    const key = `x${hex(at)}${hex(at + 2)}`;
    const length = view.getUint32(at + 8, true);
    const vr = String.fromCharCode(view.getUint8(at + 4), view.getUint8(at + 5));
    const hadUndefinedLength = length === 0xffff_ffff;
    elements[key] = { tag: key, vr, length, dataOffset: at + 12, hadUndefinedLength };
    at += 12 + length;
  }
}
