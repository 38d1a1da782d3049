import type { Embeddings } from '../../embeddings.ts';
import { selectRows } from '../../metrics/vectors.ts';
import { NothingToSearchError } from './errors.ts';
import type { FailedImage, IndexedFolder, IndexOptions } from './folder-index.ts';
import type { ImageRef } from './image-refs.ts';
import type { Services } from './services.ts';

export interface SearchQuery {
  readonly text?: string;
  readonly image?: ImageRef;
  /** Default: all folders. */
  readonly folders?: readonly string[];
  readonly topK: number;
}

export interface SearchHit {
  readonly folder: string;
  readonly image: string;
  /** The cosine with the query. */
  readonly cosine: number;
}

export interface SearchResult {
  /** The most alike first, equal ones by folder and place in it. */
  readonly hits: readonly SearchHit[];
  /** Images that were compared. */
  readonly searched: number;
  readonly failed: readonly FailedImage[];
}

/**
 * The images of the folders that are most alike to a text or an image.
 * @throws {NothingToSearchError} @throws {UnknownFolderError}
 */
export async function search(
  services: Services,
  { text, image, folders, topK }: SearchQuery,
  options: IndexOptions = {},
): Promise<SearchResult> {
  const { signal } = options;
  const names = [...new Set(folders ?? services.folders.names)];
  for (const name of names) services.folders.get(name); // a wrong name, before any work
  const query = await services.embed(
    { texts: text === undefined ? [] : [text], images: image === undefined ? [] : [image] },
    { signal },
  );
  const vector = text === undefined ? query.images : query.texts;
  const indexed: IndexedFolder[] = [];
  for (const name of names) indexed.push(await services.index(name, options));
  const searched = indexed.reduce((sum, { images }) => sum + images.rows, 0);
  if (searched === 0) throw new NothingToSearchError(names);
  const hits: SearchHit[] = [];
  for (const folder of indexed) hits.push(...(await bestOf(services, vector, folder, topK, signal)));
  hits.sort((a, b) => b.cosine - a.cosine); // stable: ties stay in order
  return { hits: hits.slice(0, topK), searched, failed: indexed.flatMap(({ failed }) => failed) };
}

async function bestOf(
  services: Services,
  query: Embeddings,
  { folder, images }: IndexedFolder,
  topK: number,
  signal: AbortSignal | undefined,
): Promise<SearchHit[]> {
  if (images.rows === 0) return [];
  const k = Math.min(topK, images.rows);
  const { indices, values } = await services.nearest(selectRows(query, [0]), images, { topK: k, signal });
  return Array.from(indices, (row, i) => ({
    folder,
    image: images.ids[row] ?? '',
    cosine: values[i] ?? 0,
  }));
}
