import { DEFAULT_TEMPLATE } from '../label-scores.ts';
import { RequestFieldError } from './errors.ts';
import type { FailedImage, IndexOptions } from './folder-index.ts';
import type { ImageRef } from './image-refs.ts';
import type { ToolInput, ToolName, ToolOutput } from './mcp-shapes.ts';
import { search } from './search.ts';
import type { Services } from './services.ts';
import { encodeRow } from './vector-encoding.ts';
import { zeroShot } from './zero-shot.ts';

/** Images that are named of those that cannot be read. */
const NAMED_FAILURES = 5;
/** Labels of an image in the result. */
const LABELS_AN_IMAGE = 5;

export type RunTool<N extends ToolName> = (
  services: Services,
  input: ToolInput<N>,
  options: IndexOptions,
) => Promise<ToolOutput<N>>;

/** What each tool does. */
export const RUN: { readonly [N in ToolName]: RunTool<N> } = {
  async list_images(services, { folder, contains = '', offset, limit }) {
    const names = folder === undefined ? services.folders.names : [folder];
    const listed = [];
    for (const name of names) listed.push({ name, images: (await services.folders.get(name).list()).images });
    const folders = listed.map(({ name, images }) => ({ name, images: images.length }));
    if (folder === undefined) return { folders, images: [], total: 0 };
    const matching = listed.flatMap(({ images }) => images).filter(({ id }) => id.includes(contains));
    const images = matching.slice(offset, offset + limit).map(({ id }) => ({ folder, image: id }));
    return { folders, images, total: matching.length };
  },

  async embed(services, { texts, images, encoding }, { signal }) {
    expectSome('texts or images', [...texts, ...images]);
    const { name, fingerprint, untrained } = await services.info();
    const result = await services.embed({ texts, images }, { signal });
    const rows = (kind: 'text' | 'image', of: typeof result.texts, ids: readonly string[]) =>
      ids.map((id, row) => ({ kind, id, embedding: encodeRow(of, row, encoding) }));
    return {
      ...{ model: name, fingerprint, untrained, dim: result.texts.dim },
      embeddings: [...rows('text', result.texts, texts), ...rows('image', result.images, images.map(nameOf))],
      truncated: [...result.truncated],
    };
  },

  async search(services, { text, image, folders, limit }, options) {
    if ((text === undefined) === (image === undefined)) {
      throw new RequestFieldError('search', 'takes either text or image');
    }
    const { hits, searched, failed } = await search(services, { text, image, folders, topK: limit }, options);
    return {
      results: hits.map((hit) => ({ ...hit, uri: uriOf(hit) })),
      searched,
      unreadable: unreadable(failed),
    };
  },

  async compare(services, { texts, images }, { signal }) {
    expectSome('texts or images', [...texts, ...images]);
    const result = await services.embed({ texts, images }, { signal });
    const named = images.map(nameOf);
    const [rows, rowNames] = images.length > 0 ? [result.images, named] : [result.texts, texts];
    const [columns, columnNames] = texts.length > 0 ? [result.texts, texts] : [result.images, named];
    const same = rows === columns;
    const { data, cols } = await services.similarity(rows, same ? undefined : columns, { signal });
    return {
      rows: rowNames,
      columns: columnNames,
      cosines: rowNames.map((_, i) => Array.from(data.subarray(i * cols, (i + 1) * cols))),
    };
  },

  async zero_shot(services, { images, folder, labels, templates = [DEFAULT_TEMPLATE], limit }, options) {
    if ((images === undefined) === (folder === undefined)) {
      throw new RequestFieldError('zero_shot', 'takes either images or folder');
    }
    checkLabels(labels, templates);
    const found = await zeroShot(services, { images, folder, labels, templates }, options);
    return {
      results: found.images.slice(0, limit).map(({ id, labels }) => ({
        image: folder === undefined ? id : `${folder}/${id}`,
        labels: labels.slice(0, LABELS_AN_IMAGE),
      })),
      counts: labels.map((label) => ({
        label,
        images: found.images.filter(({ labels: [best] }) => best?.label === label).length,
      })),
      total: found.images.length,
      unreadable: unreadable(found.failed),
    };
  },
};

/** @throws {RequestFieldError} for a label that is there twice, or a template without `{}` */
export function checkLabels(labels: readonly string[], templates: readonly string[]): void {
  const twice = labels.findIndex((label, i) => labels.indexOf(label) !== i);
  if (twice >= 0) throw new RequestFieldError(`labels[${twice}]`, 'is there twice');
  const bad = templates.findIndex((template) => !template.includes('{}'));
  if (bad >= 0) throw new RequestFieldError(`templates[${bad}]`, 'has no {} for the label');
}

/** An image as a resource of the server; its path is one part, so that none can be taken for a parent. */
export function uriOf({ folder, image }: { readonly folder: string; readonly image: string }): string {
  return `biomedclip://images/${folder}/${encodeURIComponent(image)}`;
}

function nameOf({ folder, image }: Extract<ImageRef, { folder: string }>): string {
  return `${folder}/${image}`;
}

function expectSome(what: string, inputs: readonly unknown[]): void {
  if (inputs.length === 0) throw new RequestFieldError(what, 'name at least one');
}

function unreadable(failed: readonly FailedImage[]) {
  const first = failed.slice(0, NAMED_FAILURES);
  return {
    count: failed.length,
    first: first.map(({ folder, id, error }) => ({
      image: `${folder}/${id}`,
      error: `${error.name}: ${error.message}`,
    })),
  };
}
