import { selectRows } from '../../metrics/vectors.ts';
import { NothingToSearchError } from './errors.ts';
import type { FailedImage, IndexOptions, SearchedFolder } from './folder-index.ts';
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
  const vector = selectRows(text === undefined ? query.images : query.texts, [0]);
  const found: SearchedFolder[] = [];
  for (const name of names) found.push(await services.searchFolder(name, vector, topK, options));
  const searched = found.reduce((sum, { images }) => sum + images.rows, 0);
  if (searched === 0) throw new NothingToSearchError(names);
  const hits = found.flatMap(({ folder, hits }) =>
    hits.map(({ id, cosine }) => ({ folder, image: id, cosine })),
  );
  hits.sort((a, b) => b.cosine - a.cosine); // stable: ties stay in order
  return { hits: hits.slice(0, topK), searched, failed: found.flatMap(({ failed }) => failed) };
}
