import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Embeddings } from '../../embeddings.ts';
import { writeRows } from '../embedding-files.ts';
import { MANIFEST_FILE, type Manifest, readManifest } from '../manifest.ts';
import { readNpy } from '../npy.ts';
import { type AloneIds, pairByIds } from '../paired-rows.ts';
import { writeTogether } from '../staged-files.ts';
import { StudyManifestError } from './errors.ts';
import type { Pair } from './pairs.ts';
import type { Origin } from './reuse.ts';

/** Embedded pairs: row i of the images belongs to row i of the texts. */
export interface EmbeddingSet {
  readonly pairs: readonly Pair[];
  readonly images: Embeddings;
  readonly texts: Embeddings;
  /** Ids of rows without a partner, which were left out. */
  readonly alone?: AloneIds;
  readonly manifest: Manifest;
}

const FILES = { images: 'images.npy', texts: 'texts.npy', manifest: MANIFEST_FILE } as const;

/** Writes what `readEmbeddingSet` reads: all three files, or none. */
export async function writeEmbeddingSet(directory: string, set: EmbeddingSet): Promise<void> {
  await writeTogether(directory, async (write) => {
    const manifest = { ...set.manifest, pairs: set.images.rows, files: await writeRows(write, set) };
    const json = `${JSON.stringify(manifest, null, 2)}\n`;
    await write(FILES.manifest, (sink) => sink.write(new TextEncoder().encode(json)));
  });
}

/** When the embeddings of a directory were completed, in milliseconds, or undefined where there are none. */
export async function embeddedAt(directory: string): Promise<number | undefined> {
  const info = await stat(join(directory, FILES.manifest)).catch(() => undefined);
  return info?.mtimeMs;
}

/**
 * The pairs in a directory that `embed` or `study` wrote: images and texts of the same id. What has no partner is left
 * out, and named.
 * @throws {ManifestError | ManifestFieldError}
 * @throws {PairIdsError} if no ids correspond, or some are of several images and other texts
 * @throws {StudyManifestError} if the files do not fit the manifest
 * @throws {NpyFormatError | NpyLayoutError | NpyLengthError | FileReadError}
 */
export async function readEmbeddingSet(directory: string): Promise<EmbeddingSet> {
  const path = join(directory, FILES.manifest);
  const manifest = await readManifest(path);
  const [images, texts] = [
    await readRows(join(directory, FILES.images), manifest.images),
    await readRows(join(directory, FILES.texts), manifest.texts),
  ];
  if (images.dim !== texts.dim) {
    throw new StudyManifestError(path, `has images of ${images.dim} dimensions and texts of ${texts.dim}`);
  }
  const paired = pairByIds(images, texts);
  const pairs = paired.rows.images.map((image, i) => ({
    id: images.ids[image] ?? '',
    path: manifest.images[image]?.path ?? '',
    caption: manifest.texts[paired.rows.texts[i] ?? 0]?.caption ?? '',
  }));
  return { pairs, images: paired.images, texts: paired.texts, alone: paired.alone, manifest };
}

/** What the embeddings of a manifest were made from. */
export function originOf({ pairs, manifest }: EmbeddingSet): Origin {
  return { model: manifest.model, dtype: manifest.dtype, pairs };
}

async function readRows(path: string, named: readonly { readonly id: string }[]): Promise<Embeddings> {
  const { shape, data } = await readNpy(path);
  const [rows = 0, dim = 0] = shape;
  if (shape.length !== 2 || rows !== named.length) {
    const actual = `[${shape.join(', ')}]`;
    throw new StudyManifestError(path, `is ${actual}, and its manifest names ${named.length} rows`);
  }
  return { data, rows, dim, ids: named.map(({ id }) => id) };
}
