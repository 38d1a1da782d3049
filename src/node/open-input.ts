import type { ByteSource } from '../platform/files.ts';
import { isObjectAddress } from './object-store/address.ts';
import { openObject } from './object-store/input-objects.ts';
import { openFile } from './platform.ts';

/** A file of the machine, at a URL or at `s3://bucket/key`, to be read by ranges. @throws {FileReadError} @throws {BiomedClipError} */
export function openInput(file: string): Promise<ByteSource> {
  return isObjectAddress(file) ? openObject(file) : openFile(file);
}
