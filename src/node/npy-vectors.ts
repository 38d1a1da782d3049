import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { access } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { Vectors } from '../metrics/vectors.ts';
import { npyVectors } from '../npy/vectors.ts';
import { EMBEDDED_MODEL } from './embedded-model.ts';
import { type InputFile, inputName } from './input-file.ts';
import { MANIFEST_FILE, type Manifest, type RowsFile, readManifest } from './manifest.ts';
import { readNpy } from './npy.ts';
import { EMBEDDED_NAME } from './provenance.ts';

/**
 * Vectors from a .npy file, one a row, with their ids if the manifest beside it describes this file.
 * @throws {NpyShapeError} unless it has two axes
 * @throws {FileReadError} @throws {NpyFormatError} @throws {NpyLayoutError} @throws {NpyLengthError}
 * @throws {ManifestError} @throws {ManifestFieldError}
 */
export async function readNpyVectors(file: InputFile): Promise<Vectors> {
  return (await readNpyRows(file)).rows;
}

/** Vectors from a .npy file, and what the manifest beside it says of them. */
export interface NpyRows {
  /** For messages. */
  readonly path: string;
  readonly rows: Vectors;
  /** Undefined unless a manifest describes this file. */
  readonly origin?: { readonly manifest: Manifest; readonly kind: RowsFile; readonly file: string };
}

/** As `readNpyVectors`, with the manifest. */
export async function readNpyRows(file: InputFile): Promise<NpyRows> {
  const path = inputName(file);
  const rows = npyVectors(path, await readNpy(file));
  const origin = typeof file === 'string' ? await originOf(file) : undefined;
  if (origin?.manifest[origin.kind].length !== rows.rows) return { path, rows };
  const ids = origin.manifest[origin.kind].map(({ id }) => id);
  return { path, rows: { ...rows, ids }, origin };
}

async function originOf(path: string): Promise<NpyRows['origin']> {
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
  return typeof file === 'string' ? fileDigest(file) : createHash('sha256').update(file.bytes).digest('hex');
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

/** SHA-256 of a file, 64 hexadecimal digits. */
export async function fileDigest(path: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path), hash);
  return hash.digest('hex');
}
