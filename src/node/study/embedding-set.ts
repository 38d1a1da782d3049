import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Embeddings } from '../../embeddings.ts';
import { type AloneIds, pairByIds } from '../cli/paired-rows.ts';
import { writeEmbeddings } from '../embedding-files.ts';
import type { ImageIdentity } from '../image-identity.ts';
import { MANIFEST_FILE, type Manifest, type RowsFile, readManifest, rowFacts } from '../manifest.ts';
import { readNpy } from '../npy.ts';
import { fileDigest } from '../npy-vectors.ts';
import { withHome } from '../provenance.ts';
import { writeTogether } from '../staged-files.ts';
import { StudyManifestError } from './errors.ts';
import type { Pair } from './pairs.ts';

/** Embedded pairs: row i of the images belongs to row i of the texts. */
export interface EmbeddingSet {
  readonly pairs: readonly Pair[];
  /** Identity of each pair's image when it was embedded. Empty if an earlier version embedded it. */
  readonly identities: readonly ImageIdentity[];
  readonly images: Embeddings;
  readonly texts: Embeddings;
  /** Ids of rows without a partner, which were left out. */
  readonly alone?: AloneIds;
  readonly manifest: Manifest;
}

/** Writes what `readEmbeddingSet` reads: all three files, or none. */
export async function writeEmbeddingSet(directory: string, set: EmbeddingSet): Promise<void> {
  await writeTogether(directory, async (write) => {
    await writeEmbeddings(write, set, { ...set.manifest, pairs: set.images.rows });
  });
}

/** Whether a study's source is a directory that `embed` or `study` wrote. */
export async function isEmbeddingDirectory(source: string): Promise<boolean> {
  const info = source === '-' ? undefined : await stat(source).catch(() => undefined);
  return info?.isDirectory() === true && (await hasEmbeddings(source));
}

/** Whether there are embeddings in a directory. */
export async function hasEmbeddings(directory: string): Promise<boolean> {
  const info = await stat(join(directory, MANIFEST_FILE)).catch(() => undefined);
  return info !== undefined;
}

/**
 * The pairs in a directory that `embed` or `study` wrote: images and texts of the same id. Rows without a partner are
 * left out and listed.
 * @throws {ManifestError | ManifestFieldError}
 * @throws {PairIdsError} if no ids correspond, or some id has several images and several texts that differ
 * @throws {StudyManifestError} if the files do not fit the manifest
 * @throws {NpyFormatError | NpyLayoutError | NpyLengthError | FileReadError}
 */
export async function readEmbeddingSet(directory: string): Promise<EmbeddingSet> {
  const path = join(directory, MANIFEST_FILE);
  const manifest = await readManifest(path);
  const [images, texts] = [
    await readRows(directory, 'images', manifest),
    await readRows(directory, 'texts', manifest),
  ];
  if (images.dim !== texts.dim) {
    throw new StudyManifestError(path, `has images of ${images.dim} dimensions and texts of ${texts.dim}`);
  }
  const paired = pairByIds(images, texts);
  const identities = paired.rows.images.map((image) => manifest.images[image] ?? {});
  const pairs = paired.rows.images.map((image, i) => {
    const { caption = '', ...known } = manifest.texts[paired.rows.texts[i] ?? 0] ?? {};
    return {
      id: images.ids[image] ?? '',
      path: withHome(manifest.images[image]?.path ?? ''),
      caption,
      ...rowFacts(known),
    };
  });
  return { pairs, identities, images: paired.images, texts: paired.texts, alone: paired.alone, manifest };
}

async function readRows(directory: string, kind: RowsFile, manifest: Manifest): Promise<Embeddings> {
  const path = join(directory, `${kind}.npy`);
  const named = manifest[kind];
  const { shape, data } = await readNpy(path);
  const [rows = 0, dim = 0] = shape;
  if (shape.length !== 2 || rows !== named.length) {
    const actual = `[${shape.join(', ')}]`;
    throw new StudyManifestError(path, `is ${actual}, and its manifest names ${named.length} rows`);
  }
  if (manifest.files && manifest.files[kind] !== (await fileDigest(path))) {
    throw new StudyManifestError(path, 'is another file than its manifest is of');
  }
  return { data, rows, dim, ids: named.map(({ id }) => id) };
}
