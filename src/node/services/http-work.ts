import type { z } from '@hono/zod-openapi';
import type { EmbedResult } from '../../api.ts';
import type { Embeddings } from '../../embeddings.ts';
import type { Vectors } from '../../metrics/vectors.ts';
import { DEFAULT_TEMPLATE } from '../label-scores.ts';
import { RequestFieldError, RequestLimitError } from './errors.ts';
import type { FailedImage } from './folder-index.ts';
import { imageRef } from './http-images.ts';
import type * as Shapes from './http-shapes.ts';
import type { ImageRef } from './image-refs.ts';
import { checkLabels } from './mcp-tools.ts';
import { search } from './search.ts';
import type { Services } from './services.ts';
import { type Encoding, encodeRow } from './vector-encoding.ts';
import { zeroShot } from './zero-shot.ts';

type Of<T extends z.ZodType> = z.output<T>;
type Answer<T extends z.ZodType> = Promise<z.input<T>>;

/** What a request may ask for. */
export interface WorkLimits {
  readonly images: number;
  readonly texts: number;
  readonly allowUrls: boolean;
}

/** Numbers of a matrix in an answer. */
const MOST_VALUES = 4_000_000;

/** What the routes do, without HTTP. */
export class HttpWork {
  constructor(
    private readonly services: Services,
    private readonly limits: WorkLimits,
  ) {}

  async embeddings(
    { texts, images, encoding, onError }: Of<typeof Shapes.EmbeddingsRequest>,
    signal: AbortSignal,
    files: readonly ImageRef[] = [],
  ): Answer<typeof Shapes.EmbeddingsResponse> {
    const inputs = { texts, images: [...this.#refs(images), ...files] };
    this.#expectFew(inputs);
    if (texts.length + inputs.images.length === 0)
      throw new RequestFieldError('texts or images', 'give at least one');
    const result = await this.services.embed(inputs, { signal, onError });
    return {
      ...(await this.#model()),
      dim: result.texts.dim,
      texts: rowsOf(result.texts, encoding),
      images: rowsOf(result.images, encoding),
      truncated: [...result.truncated],
      skipped: result.skipped.map(({ kind, index, id, error }) => ({ kind, index, id, error: said(error) })),
    };
  }

  async openAi(
    { input, encoding_format }: Of<typeof Shapes.OpenAiRequest>,
    signal: AbortSignal,
  ): Answer<typeof Shapes.OpenAiResponse> {
    const texts = typeof input === 'string' ? [input] : input;
    this.#expectFew({ texts });
    const { texts: rows, textLengths } = await this.services.embed({ texts }, { signal });
    const tokens = textLengths.reduce((sum, length) => sum + length, 0);
    const data = texts.map((_, index) => {
      return { object: 'embedding' as const, index, embedding: encodeRow(rows, index, encoding_format) };
    });
    const usage = { prompt_tokens: tokens, total_tokens: tokens };
    return { object: 'list', model: (await this.#model()).model, data, usage };
  }

  async similarity(
    { a, b, metric, topK }: Of<typeof Shapes.SimilarityRequest>,
    signal: AbortSignal,
  ): Answer<typeof Shapes.SimilarityResponse> {
    const left = await this.#side('a', a, signal);
    const right = b && (await this.#side('b', b, signal));
    const { rows } = left;
    const count = (right ?? left).rows;
    const cols = topK ?? count;
    if (rows * cols > MOST_VALUES)
      throw new RequestLimitError('values of a matrix', rows * cols, MOST_VALUES);
    if (topK === undefined) {
      const { data } = await this.services.similarity(left, right, { metric, signal });
      return { rows, cols, values: matrixOf(data, rows, cols) };
    }
    const { values, indices } = await this.services.nearest(left, right, { metric, topK, signal });
    return { rows, cols: topK, values: matrixOf(values, rows, topK), indices: matrixOf(indices, rows, topK) };
  }

  async search(
    { text, image, folders, topK }: Of<typeof Shapes.SearchRequest>,
    signal: AbortSignal,
  ): Answer<typeof Shapes.SearchResponse> {
    if ((text === undefined) === (image === undefined)) {
      throw new RequestFieldError('text or image', 'give either');
    }
    const [ref] = image === undefined ? [] : this.#refs([image]);
    const { hits, searched, failed } = await search(
      this.services,
      { text, image: ref, folders, topK },
      { signal },
    );
    return { hits: [...hits], searched, unreadable: failed.map(unreadable) };
  }

  async zeroShot(
    { images, folder, labels, templates = [DEFAULT_TEMPLATE] }: Of<typeof Shapes.ZeroShotRequest>,
    signal: AbortSignal,
  ): Answer<typeof Shapes.ZeroShotResponse> {
    if ((images === undefined) === (folder === undefined)) {
      throw new RequestFieldError('images or folder', 'give either');
    }
    checkLabels(labels, templates);
    this.#expectFew({ images: images ?? [], texts: labels.flatMap(() => templates) });
    const query = { images: images && this.#refs(images), folder, labels, templates };
    const { images: found, failed } = await zeroShot(this.services, query, { signal });
    return {
      ...(await this.#model()),
      results: found.map(({ id, labels }) => ({ image: id, labels: [...labels] })),
      unreadable: failed.map(unreadable),
    };
  }

  async #side(
    name: string,
    side: Of<typeof Shapes.SimilarityRequest>['a'],
    signal: AbortSignal,
  ): Promise<Vectors> {
    const given = Object.entries(side).filter(([, value]) => value !== undefined);
    const [kind, value] = given[0] ?? [];
    if (given.length !== 1 || value?.length === 0) {
      throw new RequestFieldError(name, 'give either texts, images or vectors, and at least one');
    }
    if (side.vectors) return vectorsOf(name, side.vectors);
    const inputs = { texts: side.texts ?? [], images: this.#refs(side.images ?? []) };
    this.#expectFew(inputs);
    const result: EmbedResult = await this.services.embed(inputs, { signal });
    return kind === 'texts' ? result.texts : result.images;
  }

  #refs(images: readonly Of<typeof Shapes.Image>[]): ImageRef[] {
    return images.map((image, index) => imageRef(image, index, this.limits.allowUrls));
  }

  #expectFew({ images = [], texts = [] }: { images?: readonly unknown[]; texts?: readonly unknown[] }): void {
    const { limits } = this;
    if (images.length > limits.images) throw new RequestLimitError('images', images.length, limits.images);
    if (texts.length > limits.texts) throw new RequestLimitError('texts', texts.length, limits.texts);
  }

  async #model() {
    const { name, fingerprint, untrained } = await this.services.info();
    return { model: name, fingerprint, untrained };
  }
}

/** What an error says, with its name. */
function said({ name, message }: Error): string {
  return `${name}: ${message}`;
}

function unreadable({ folder, id, error }: FailedImage) {
  return { folder, image: id, error: said(error) };
}

function rowsOf(rows: Embeddings, encoding: Encoding) {
  return { ids: [...rows.ids], embeddings: rows.ids.map((_, row) => encodeRow(rows, row, encoding)) };
}

function matrixOf(data: Float32Array | Uint32Array, rows: number, cols: number): number[][] {
  return Array.from({ length: rows }, (_, row) => Array.from(data.subarray(row * cols, (row + 1) * cols)));
}

/** @throws {RequestFieldError} unless all are as long as the first */
function vectorsOf(name: string, vectors: readonly (readonly number[])[]): Vectors {
  const dim = vectors[0]?.length ?? 0;
  const other = vectors.findIndex(({ length }) => length !== dim);
  if (other >= 0) {
    const reason = `has ${vectors[other]?.length} numbers, the first has ${dim}`;
    throw new RequestFieldError(`${name}.vectors[${other}]`, reason);
  }
  return { data: Float32Array.from(vectors.flat()), rows: vectors.length, dim };
}
