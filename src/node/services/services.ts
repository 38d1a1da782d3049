import type { BiomedClip, EmbedResult, ModelInfo, NamedText } from '../../api.ts';
import type { Embeddings } from '../../embeddings.ts';
import type { BiomedClipError } from '../../errors.ts';
import { ImageTooLargeError } from '../../image/errors.ts';
import { readImageHeader } from '../../image/header.ts';
import type { WindowChoice } from '../../image/source.ts';
import type {
  SimilarityMatrix,
  SimilarityMetric,
  SimilarityOptions,
  SimilarityTopK,
} from '../../metrics/similarity/similarity.ts';
import { selectRows, type Vectors } from '../../metrics/vectors.ts';
import { readImageBytes } from '../image-bytes.ts';
import {
  averageTemplates,
  DEFAULT_TEMPLATE,
  fillTemplates,
  type LabelScore,
  scoreLabels,
} from '../label-scores.ts';
import { modelName } from '../provenance.ts';
import { type BatchOptions, EmbedBatcher, type NamedInput } from './embed-batcher.ts';
import { NothingToSearchError, RequestLimitError } from './errors.ts';
import { type FailedImage, FolderIndex, type IndexedFolder, type IndexOptions } from './folder-index.ts';
import type { NamedFolders } from './named-folders.ts';

/** An image that a request names: one of a folder, bytes that came with it, or a URL. */
export type ImageRef =
  | { readonly folder: string; readonly image: string }
  | { readonly id: string; readonly name: string; readonly bytes: Uint8Array }
  | { readonly id: string; readonly name: string; readonly url: string };

export interface ServiceParts {
  /** May still be loading. */
  readonly model: Promise<Pick<BiomedClip, 'embedBatch' | 'info'>>;
  readonly folders: NamedFolders;
  /** `similarityMatrix` on the service's GPU. */
  readonly similarity: {
    (
      a: Vectors,
      b: Vectors | undefined,
      options: SimilarityOptions & { topK: number },
    ): Promise<SimilarityTopK>;
    (
      a: Vectors,
      b: Vectors | undefined,
      options: SimilarityOptions & { topK?: undefined },
    ): Promise<SimilarityMatrix>;
  };
  /** The most pixels of an image, checked before it is decoded. */
  readonly maxPixels: number;
  readonly window?: WindowChoice;
  readonly warn: (warning: BiomedClipError) => void;
}

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

export interface ZeroShotQuery {
  readonly images?: readonly ImageRef[];
  readonly folder?: string;
  readonly labels: readonly string[];
  readonly templates?: readonly string[];
}

export interface ZeroShotResult {
  /** Of each image that can be read, the likeliest label first. */
  readonly images: readonly { readonly id: string; readonly labels: readonly LabelScore[] }[];
  readonly failed: readonly FailedImage[];
}

/** Of images with labels in one request; they are computed in one go. */
const MOST_SCORES = 1_000_000;

/** What the MCP server and the HTTP server do. */
export class Services {
  readonly folders: NamedFolders;
  readonly #batcher: EmbedBatcher;
  readonly #indexes: ReadonlyMap<string, FolderIndex>;

  constructor(private readonly parts: ServiceParts) {
    const { folders, model } = parts;
    this.folders = folders;
    this.#batcher = new EmbedBatcher(model, parts.warn);
    const dim = async () => (await model).info.embedDim;
    const input = (id: string, name: string, read: () => Promise<Uint8Array>) => this.#input(id, name, read);
    this.#indexes = new Map(
      folders.names.map((name) => [name, new FolderIndex(folders.get(name), this.#batcher, dim, input)]),
    );
  }

  /** Resolves when no embedding is under way. */
  idle(): Promise<void> {
    return this.#batcher.idle();
  }

  /** @throws {DeviceLostError} if the model's GPU is gone; a model that is at work has it, or its work fails */
  async expectAlive(): Promise<void> {
    if (this.#batcher.busy) return;
    await (await this.parts.model).embedBatch({ texts: [] });
  }

  /** Of the model, by its name without the place where it lies. */
  async info(): Promise<ModelInfo> {
    const { info } = await this.parts.model;
    return { ...info, name: modelName(info.name) };
  }

  /** As `embedBatch`, with images by reference. @throws {UnknownFolderError} @throws what `embedBatch` throws */
  async embed(
    { images = [], texts = [] }: { images?: readonly ImageRef[]; texts?: readonly (string | NamedText)[] },
    options: BatchOptions = {},
  ): Promise<EmbedResult> {
    return this.#batcher.embed(
      {
        images: images.map((image) => this.#named(image)),
        texts: texts.map((text) => (typeof text === 'string' ? { text } : text)),
      },
      options,
    );
  }

  /** As `similarityMatrix`. */
  similarity(
    a: Vectors,
    b: Vectors | undefined,
    options: { metric?: SimilarityMetric; signal?: AbortSignal },
  ) {
    return this.parts.similarity(a, b, { ...options, topK: undefined });
  }

  /** As `similarityMatrix` with `topK`. */
  nearest(
    a: Vectors,
    b: Vectors | undefined,
    options: { metric?: SimilarityMetric; topK: number; signal?: AbortSignal },
  ) {
    return this.parts.similarity(a, b, options);
  }

  /** The folder's embeddings, as it is now. @throws {UnknownFolderError} @throws what `FolderIndex.refresh` throws */
  index(folder: string, options?: IndexOptions): Promise<IndexedFolder> {
    const { name } = this.folders.get(folder);
    return (this.#indexes.get(name) as FolderIndex).refresh(options);
  }

  /**
   * The images of the folders that are most alike to a text or an image.
   * @throws {NothingToSearchError} @throws {UnknownFolderError}
   */
  async search(
    { text, image, folders, topK }: SearchQuery,
    options: IndexOptions = {},
  ): Promise<SearchResult> {
    const { signal } = options;
    const names = [...new Set(folders ?? this.folders.names)];
    for (const name of names) this.folders.get(name); // a wrong name, before any work
    const query = await this.embed(
      { texts: text === undefined ? [] : [text], images: image === undefined ? [] : [image] },
      { signal },
    );
    const vector = text === undefined ? query.images : query.texts;
    const indexed: IndexedFolder[] = [];
    for (const name of names) indexed.push(await this.index(name, options));
    const searched = indexed.reduce((sum, { images }) => sum + images.rows, 0);
    if (searched === 0) throw new NothingToSearchError(names);
    const hits: SearchHit[] = [];
    for (const { folder, images } of indexed)
      hits.push(...(await this.#best(vector, folder, images, topK, signal)));
    hits.sort((a, b) => b.cosine - a.cosine); // stable: ties stay in order
    return { hits: hits.slice(0, topK), searched, failed: indexed.flatMap(({ failed }) => failed) };
  }

  /** Which label fits each image best: softmax(logit scale x cosine), templates averaged. */
  async zeroShot(
    { images = [], folder, labels, templates = [DEFAULT_TEMPLATE] }: ZeroShotQuery,
    options: IndexOptions = {},
  ): Promise<ZeroShotResult> {
    const { signal } = options;
    const { texts, images: named } = await this.embed(
      { images, texts: fillTemplates(labels, templates) },
      { signal },
    );
    const indexed = folder === undefined ? undefined : await this.index(folder, options);
    const rows = indexed?.images ?? named;
    const scores = rows.rows * labels.length;
    if (scores > MOST_SCORES) throw new RequestLimitError('images times labels', scores, MOST_SCORES);
    const { logitScale } = await this.info();
    const classes = averageTemplates(texts, labels.length, templates.length);
    return {
      images: rows.ids.map((id, row) => ({
        id,
        labels: scoreLabels(rows, row, classes, labels, logitScale),
      })),
      failed: indexed?.failed ?? [],
    };
  }

  async #best(
    query: Embeddings,
    folder: string,
    images: Embeddings,
    topK: number,
    signal: AbortSignal | undefined,
  ): Promise<SearchHit[]> {
    if (images.rows === 0) return [];
    const k = Math.min(topK, images.rows);
    const { indices, values } = await this.nearest(selectRows(query, [0]), images, { topK: k, signal });
    return Array.from(indices, (row, i) => ({
      folder,
      image: images.ids[row] ?? '',
      cosine: values[i] ?? 0,
    }));
  }

  #named(image: ImageRef) {
    if ('bytes' in image) return this.#input(image.id, image.name, async () => image.bytes);
    if ('url' in image) return this.#input(image.id, image.name, () => readImageBytes(image.url));
    const folder = this.folders.get(image.folder);
    folder.partsOf(image.image); // a wrong one, before any work
    const name = `${image.folder}/${image.image}`;
    return this.#input(name, name, async () => (await folder.read(image.image)).bytes);
  }

  /** An image for the model, refused by its header if it has too many pixels. */
  #input(id: string, name: string, read: () => Promise<Uint8Array>): NamedInput {
    const { maxPixels, window } = this.parts;
    const limited = async () => {
      const bytes = await read();
      const { width, height } = readImageHeader(bytes, name);
      if (width * height > maxPixels) throw new ImageTooLargeError(name, width, height, maxPixels);
      return bytes;
    };
    return { id, source: { name, read: limited }, window };
  }
}
