import type { ModelInfo, NamedText } from '../../api.ts';
import type { Gpu } from '../../device/gpu.ts';
import type { BiomedClipError } from '../../errors.ts';
import { type SimilarityMetric, similarityMatrix } from '../../metrics/similarity/similarity.ts';
import type { Vectors } from '../../metrics/vectors.ts';
import { nodeHost } from '../host.ts';
import { modelName } from '../provenance.ts';
import { type BatchOptions, type CountedResult, EmbedBatcher, type ServiceModel } from './embed-batcher.ts';
import { FolderIndex, type IndexedFolder, type IndexOptions, type SearchedFolder } from './folder-index.ts';
import { FolderSearch } from './folder-search.ts';
import { type ImageRef, type ImageSettings, imageInput, inputOfRef } from './image-refs.ts';
import type { NamedFolders } from './named-folders.ts';

export interface ServiceParts extends ImageSettings {
  /** May still be loading. */
  readonly model: Promise<ServiceModel>;
  readonly folders: NamedFolders;
  /** Of similarities and searches; another once the one before is lost. */
  readonly gpu: () => Promise<Gpu>;
  readonly warn: (warning: BiomedClipError) => void;
}

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
    const input = (id: string, name: string, read: () => Promise<Uint8Array>) =>
      imageInput(id, name, read, parts);
    this.#indexes = new Map(
      folders.names.map((name) => {
        const search = new FolderSearch(parts.gpu);
        return [name, new FolderIndex(folders.get(name), this.#batcher, search, dim, input)];
      }),
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
  ): Promise<CountedResult> {
    return this.#batcher.embed(
      {
        images: images.map((image) => inputOfRef(image, this.folders, this.parts)),
        texts: texts.map((text) => (typeof text === 'string' ? { text } : text)),
      },
      options,
    );
  }

  /** As `similarityMatrix`. */
  async similarity(
    a: Vectors,
    b: Vectors | undefined,
    options: { metric?: SimilarityMetric; signal?: AbortSignal },
  ) {
    return similarityMatrix(await this.parts.gpu(), a, b, { ...options, topK: undefined }, nodeHost);
  }

  /** As `similarityMatrix` with `topK`. */
  async nearest(
    a: Vectors,
    b: Vectors | undefined,
    options: { metric?: SimilarityMetric; topK: number; signal?: AbortSignal },
  ) {
    return similarityMatrix(await this.parts.gpu(), a, b, options, nodeHost);
  }

  /** The folder's embeddings, as it is now. @throws {UnknownFolderError} @throws what `FolderIndex.refresh` throws */
  index(folder: string, options?: IndexOptions): Promise<IndexedFolder> {
    return this.#indexOf(folder).refresh(options);
  }

  /** As `FolderIndex.search`. @throws {UnknownFolderError} */
  searchFolder(
    folder: string,
    query: Vectors,
    topK: number,
    options?: IndexOptions,
  ): Promise<SearchedFolder> {
    return this.#indexOf(folder).search(query, topK, options);
  }

  #indexOf(folder: string): FolderIndex {
    const { name } = this.folders.get(folder);
    return this.#indexes.get(name) as FolderIndex;
  }
}
