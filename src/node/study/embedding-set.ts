import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Embeddings } from '../../embeddings.ts';
import { MANIFEST_FILE, type Manifest, readManifest } from '../manifest.ts';
import { npyPieces, readNpy } from '../npy.ts';
import { writeTogether } from '../staged-files.ts';
import { StudyManifestError } from './errors.ts';
import type { Pair } from './pairs.ts';
import type { Origin } from './reuse.ts';

/** Embedded pairs: row i of the images belongs to row i of the texts. */
export interface EmbeddingSet {
  readonly pairs: readonly Pair[];
  readonly images: Embeddings;
  readonly texts: Embeddings;
  readonly manifest: Manifest;
}

const FILES = { images: 'images.npy', texts: 'texts.npy', manifest: MANIFEST_FILE } as const;

/** Writes what `readEmbeddingSet` reads: all three files, or none. */
export async function writeEmbeddingSet(directory: string, set: EmbeddingSet): Promise<void> {
  await writeTogether(directory, async (write) => {
    for (const kind of ['images', 'texts'] as const) {
      const { rows, dim, data } = set[kind];
      await write(FILES[kind], async (sink) => {
        for (const piece of npyPieces({ shape: [rows, dim], data })) await sink.write(piece);
      });
    }
    const json = `${JSON.stringify(set.manifest, null, 2)}\n`;
    await write(FILES.manifest, (sink) => sink.write(new TextEncoder().encode(json)));
  });
}

/** When the embeddings of a directory were completed, in milliseconds, or undefined where there are none. */
export async function embeddedAt(directory: string): Promise<number | undefined> {
  const info = await stat(join(directory, FILES.manifest)).catch(() => undefined);
  return info?.mtimeMs;
}

/**
 * The pairs in a directory that `embed` or `study` wrote. Images and texts are paired by their ids; where these are
 * not the same, by their order.
 * @throws {ManifestError | ManifestFieldError}
 * @throws {StudyManifestError} if they do not form pairs
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
  const order = textOfImage(path, manifest);
  const captions = order.map((text) => manifest.texts[text]?.caption ?? '');
  return {
    pairs: manifest.images.map(({ id, path }, i) => ({ id, path, caption: captions[i] ?? '' })),
    images,
    texts: selectRows(texts, order),
    manifest,
  };
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

function textOfImage(path: string, { images, texts }: Manifest): number[] {
  const rowOf = new Map(texts.map(({ id }, row) => [id, row]));
  const byId = images.map(({ id }) => rowOf.get(id));
  const distinct = rowOf.size === texts.length && new Set(images.map(({ id }) => id)).size === images.length;
  if (distinct && byId.every((row) => row !== undefined)) return byId;
  if (images.length === texts.length) return images.map((_, row) => row);
  throw new StudyManifestError(
    path,
    `has ${images.length} images and ${texts.length} texts, whose ids do not say which belong together`,
  );
}

/** Some rows of embeddings, in the order asked for. */
export function selectRows({ data, dim, ids }: Embeddings, rows: readonly number[]): Embeddings {
  const selected = new Float32Array(rows.length * dim);
  for (const [i, row] of rows.entries()) selected.set(data.subarray(row * dim, (row + 1) * dim), i * dim);
  return { data: selected, rows: rows.length, dim, ids: rows.map((row) => ids[row] ?? '') };
}
