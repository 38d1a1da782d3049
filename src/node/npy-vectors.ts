import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { access } from 'node:fs/promises';
import { basename, dirname, extname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { Vectors } from '../metrics/vectors.ts';
import { FileReadError } from '../platform/errors.ts';
import type { ByteSource } from '../platform/files.ts';
import { memorySource } from '../platform/given-file.ts';
import { readRowsFile } from '../rows-files/read-rows.ts';
import type { FileRows } from '../rows-files/rows-file.ts';
import { expectFinished } from './alone-in.ts';
import { EMBEDDED_MODEL } from './embedded-model.ts';
import { systemCode } from './errors.ts';
import { type InputFile, inputName } from './input-file.ts';
import { checkedManifest, MANIFEST_FILE, type Manifest, type RowsFile, readManifest } from './manifest.ts';
import { openExisting } from './npy.ts';
import { EMBEDDED_NAME } from './provenance.ts';
import { rowsAddress } from './rows-address.ts';

/** Vectors from a file, and what the manifest in it, or beside a .npy, says of them. */
export interface NpyRows {
  /** For messages. */
  readonly path: string;
  readonly rows: Vectors;
  /** Undefined unless a manifest describes these rows. */
  readonly origin?: { readonly manifest: Manifest; readonly kind: RowsFile; readonly file: string };
}

/**
 * Vectors from a `.npy`, `.npz`, `.safetensors` or `.parquet`, one a row, with their ids if the file or the manifest beside it
 * has them. Of a file with several, `file#name` is the one that is meant.
 * @param kind the rows to take of a file with images and texts, where none are named
 * @throws {FileReadError} @throws {ManifestError} @throws {ManifestFieldError} @throws {BiomedClipError} as `readRowsFile`
 * @throws {OutputUnfinishedError} beside files that a killed command left between two outputs
 */
export async function readNpyRows(file: InputFile, kind?: RowsFile): Promise<NpyRows> {
  const { path, name } = typeof file === 'string' ? await rowsAddress(file) : { path: file.name };
  if (typeof file === 'string') await expectFinished(dirname(path));
  const source = typeof file === 'string' ? await openExisting(path) : memorySource(file.name, file.bytes);
  try {
    const read = await readRowsFile(source, { name, kind });
    const origin = read.manifest === undefined ? await besides(file, path) : originIn(path, read);
    return described(inputName(file), read.rows, origin);
  } finally {
    await source.close();
  }
}

/** As `readNpyRows`, of a file that is open, and has its manifest in it. @throws {BiomedClipError} as `readNpyRows` */
export async function readRowsWithin(source: ByteSource, kind: RowsFile): Promise<NpyRows> {
  const read = await readRowsFile(source, { kind });
  return described(source.name, read.rows, originIn(source.name, read));
}

/** With the ids of the manifest, if it describes these rows. */
function described(path: string, rows: Vectors, origin: NpyRows['origin']): NpyRows {
  if (origin?.manifest[origin.kind].length !== rows.rows) return { path, rows };
  const ids = origin.manifest[origin.kind].map(({ id }) => id);
  return { path, rows: { ...rows, ids }, origin };
}

/** @throws {ManifestFieldError} */
function originIn(file: string, { manifest, kind }: FileRows): NpyRows['origin'] {
  return kind && { manifest: checkedManifest(file, manifest), kind, file };
}

function besides(file: InputFile, path: string): Promise<NpyRows['origin']> | undefined {
  return typeof file === 'string' && extname(path) === '.npy' ? originOf(path) : undefined;
}

/** What the manifest beside a file says of it; undefined without one, or if it is of other rows. @throws {ManifestError} */
export async function originOf(path: string): Promise<NpyRows['origin']> {
  const file = join(dirname(path), MANIFEST_FILE);
  const exists = await access(file).then(
    () => true,
    () => false,
  );
  if (!exists) return undefined;
  const manifest = await readManifest(file);
  const kind = await kindOf(path, manifest);
  return kind && { manifest, kind, file };
}

/** Compares by content, since the file may have been overwritten. Manifests of earlier versions are matched by name. */
async function kindOf(path: string, { files }: Manifest): Promise<RowsFile | undefined> {
  const kinds = ['images', 'texts'] as const;
  if (!files) return kinds.find((kind) => basename(path) === `${kind}.npy`);
  const digest = await fileDigest(path);
  return kinds.find((kind) => files[kind] === digest);
}

/** The digest of each file, by the same keys. @throws {Error} the system's, for one that cannot be read */
export async function fileDigests(
  files: Readonly<Record<string, InputFile | undefined>>,
): Promise<Record<string, string>> {
  const digests: Record<string, string> = {};
  for (const [what, file] of Object.entries(files)) {
    if (file !== undefined) digests[what] = await inputDigest(file);
  }
  return digests;
}

function inputDigest(file: InputFile): Promise<string> | string {
  if (typeof file === 'string') return rowsAddress(file).then(({ path }) => fileDigest(path));
  return createHash('sha256').update(file.bytes).digest('hex');
}

/** The checkpoint that made rows, where a manifest beside them says which. */
export function modelOfRows(
  ...rows: readonly (NpyRows | undefined)[]
): (Pick<Manifest, 'fingerprint'> & { name: string }) | undefined {
  const manifest = rows.find((one) => one?.origin)?.origin?.manifest;
  if (!manifest) return undefined;
  const { model, fingerprint } = manifest;
  return { name: model === EMBEDDED_NAME ? EMBEDDED_MODEL : model, fingerprint }; // a directory may be named embedded
}

/** SHA-256 of a file, 64 hexadecimal digits. @throws {FileReadError} */
export async function fileDigest(path: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path), hash).catch((cause: unknown) => {
    throw new FileReadError(path, systemCode(cause), { cause });
  });
  return hash.digest('hex');
}
