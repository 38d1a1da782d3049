import type { ByteSource } from '../src/platform/files.ts';
import { type OnWarning, warnOnConsole } from '../src/platform/warnings.ts';
import { NotTorchZipError, TorchArchiveError, ZipEntryEncodingError } from './errors.ts';
import type { Checkpoint } from './tensor-info.ts';
import { tensorForRange } from './tensor-range.ts';
import { readStateDict } from './torch-state-dict.ts';
import { dataOffset, readZipDirectory, type ZipDirectory, type ZipEntry } from './zip-directory.ts';

/** The `data.pkl` of BiomedCLIP has 40 KB. */
const MAX_PICKLE_BYTES = 32 * 1024 * 1024;

/**
 * Opens a file by `torch.save(state_dict)` (torch 1.6 and later): a zip of one top folder with `data.pkl` and a stored
 * entry a storage. The pickle is interpreted, never executed; tensors are read in place.
 * @throws {NotTorchZipError} for a legacy torch file (the message says how to re-save it) or something else
 * @throws {TorchArchiveError | ZipFormatError | ZipEntryEncodingError} for an archive that torch.save did not write
 * @throws {BiomedClipError} what `readStateDict` throws for its pickle
 */
export async function openTorchZip(
  source: ByteSource,
  onWarning: OnWarning = warnOnConsole,
): Promise<Checkpoint> {
  await checkSignature(source);
  const zip = await readTorchDirectory(source);
  const folder = topFolder(source.name, zip);
  await checkByteOrder(source, zip, folder);
  const pickle = await readSmall(source, zip, `${folder}data.pkl`, MAX_PICKLE_BYTES);
  const sizeOf = (key: string) => zip.entries.get(`${folder}data/${key}`)?.size;
  const found = readStateDict(source.name, pickle, sizeOf, onWarning);
  const tensors = new Map(found.map((tensor) => [tensor.name, tensor]));
  const storages = storageOffsets(source, zip, folder);

  return {
    file: source.name,
    format: 'torch-zip',
    tensors,
    async read(name, offset, length) {
      const tensor = tensorForRange(source.name, tensors, name, offset, length);
      const storage = await storages(tensor.storageKey);
      return source.read(storage + tensor.storageOffset + offset, length);
    },
    close: () => source.close(),
  };
}

async function checkSignature(source: ByteSource): Promise<void> {
  const start = await source.read(0, Math.min(2, source.size));
  if (start[0] === 0x50 && start[1] === 0x4b) return; // "PK"
  // torch.save before 1.6 begins with a pickle (its magic number); before 0.4 the file was a tar archive.
  throw new NotTorchZipError(source.name, start[0] === 0x80);
}

/** @throws {TorchArchiveError} for a TorchScript model, whose code is compressed */
async function readTorchDirectory(source: ByteSource): Promise<ZipDirectory> {
  try {
    return await readZipDirectory(source);
  } catch (error) {
    if (!(error instanceof ZipEntryEncodingError && /^[^/]+\/code\//.test(error.entry))) throw error;
    const reason = 'it is a TorchScript model; save torch.jit.load(file).state_dict() by torch.save';
    throw new TorchArchiveError(source.name, reason);
  }
}

/** `archive/`, or whatever single folder holds everything, as torch names it after the file. */
function topFolder(file: string, zip: ZipDirectory): string {
  const folders = new Set([...zip.entries.keys()].map((name) => name.slice(0, name.indexOf('/') + 1)));
  const [folder] = folders;
  if (folder === undefined || folder === '' || folders.size !== 1) {
    throw new TorchArchiveError(file, `expected one top folder, found ${folders.size}`);
  }
  return folder;
}

/** torch from 1.14 on notes its byte order; without the note it is little-endian. */
async function checkByteOrder(source: ByteSource, zip: ZipDirectory, folder: string): Promise<void> {
  if (!zip.entries.has(`${folder}byteorder`)) return;
  const order = new TextDecoder().decode(await readSmall(source, zip, `${folder}byteorder`, 16));
  if (order !== 'little')
    throw new TorchArchiveError(source.name, `its byte order is ${order}, expected little`);
}

async function readSmall(
  source: ByteSource,
  zip: ZipDirectory,
  name: string,
  limit: number,
): Promise<Uint8Array> {
  const entry = zip.entries.get(name);
  if (!entry) throw new TorchArchiveError(source.name, `it has no ${name}`);
  if (entry.size > limit) throw new TorchArchiveError(source.name, `${name} has ${entry.size} bytes`);
  return source.read(await dataOffset(source, zip, entry), entry.size);
}

/** Each storage's local header is read when its first byte is needed, and then remembered. */
function storageOffsets(source: ByteSource, zip: ZipDirectory, folder: string) {
  const known = new Map<string, Promise<number>>();
  return (key: string): Promise<number> => {
    let offset = known.get(key);
    if (!offset) {
      offset = dataOffset(source, zip, zip.entries.get(`${folder}data/${key}`) as ZipEntry); // checked on opening
      offset.catch(() => known.delete(key)); // a failed read may be tried again
      known.set(key, offset);
    }
    return offset;
  };
}
