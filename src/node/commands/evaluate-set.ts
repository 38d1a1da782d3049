import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { excerpt } from '../../excerpt.ts';
import { selectRows } from '../../metrics/vectors.ts';
import { TABLE_ENDINGS } from '../../tables/captions.ts';
import type { CaptionOptions } from '../cli/caption-options.ts';
import type { ImageOptions } from '../cli/image-options.ts';
import type { Session } from '../cli/session.ts';
import { givenPaths, inputOf, optionalInput } from '../cli/standard-streams.ts';
import { readEmbeddedRows } from '../embedded-rows.ts';
import { UsageError } from '../errors.ts';
import { LabelledSetError } from '../evaluation/errors.ts';
import type { LabelledItem, LabelledSet } from '../evaluation/labelled-set.ts';
import { imageAddress } from '../image-address.ts';
import { readIdentified } from '../image-identity.ts';
import { MANIFEST_FILE } from '../manifest.ts';
import { shortPath } from '../provenance.ts';
import { readRowValues } from '../row-values.ts';
import { gatherInputs } from './embed-inputs.ts';

/** Options of commands that read a labelled set. */
export interface LabelledSetOptions extends CaptionOptions, ImageOptions {
  readonly captions?: string;
  readonly recursive?: boolean;
  readonly onError?: 'skip' | 'fail';
  /** A file of labels by id, or in the order of the rows. */
  readonly truth?: string;
  /** A file of groups, the same way. */
  readonly groups?: string;
}

/**
 * A labelled set as people have it: what `embed` wrote, a table of images and labels, Parquet and tars with both in them, or
 * images whose folder is their class.
 * @throws {UsageError} @throws {BiomedClipError} what reading tables and folders throws
 */
export async function readLabelledSet(
  sources: readonly string[],
  options: LabelledSetOptions,
  session: Session,
): Promise<LabelledSet> {
  const [first = ''] = sources;
  const source = sources.map(shortPath).join(' ');
  const set =
    sources.length === 1 && (await exists(join(first, MANIFEST_FILE)))
      ? await embeddedSet(first, options)
      : await imageSet(sources, options, session);
  const labels = await valuesOf(options.truth, 'label', set.items, source, options, session);
  const groups = await valuesOf(options.groups, 'group', set.items, source, options, session);
  return {
    ...set,
    source,
    items: set.items.map((item, i) => ({
      ...item,
      ...(labels && { label: labels[i] }),
      ...(groups && { group: groups[i] }),
    })),
  };
}

/** Values by the ids of the items, from a file that an option names. */
export async function valuesOf(
  path: string | undefined,
  what: 'label' | 'group' | 'split',
  items: readonly LabelledItem[],
  name: string,
  options: CaptionOptions,
  session: Session,
): Promise<readonly string[] | undefined> {
  const file = await optionalInput(path, session);
  if (file === undefined) return undefined;
  const of = { name, rows: items.length, ids: items.map(({ id }) => id) };
  const column = { label: options.labelColumn, group: options.groupColumn, split: undefined }[what];
  return readRowValues(file, what, of, { encoding: options.encoding, column, idColumn: options.idColumn });
}

type ReadSet = Omit<LabelledSet, 'source'>;

async function embeddedSet(directory: string, options: LabelledSetOptions): Promise<ReadSet> {
  for (const [name, value] of Object.entries({ captions: options.captions, recursive: options.recursive })) {
    if (value !== undefined) throw new UsageError(`--${name} has no effect on embeddings; leave it out`);
  }
  const embedded = await readEmbeddedRows(directory, 'images');
  const { images, texts, pairs = 0 } = embedded.manifest;
  const all = images.map(({ id, path, label, group, sha256 }, row) => {
    const text = row < pairs ? texts[row] : undefined; // a table gives its facts to the captions
    const item = { id, path, ...factsOf({ label: label ?? text?.label, group: group ?? text?.group }) };
    return { item, image: JSON.stringify([id, sha256 ?? path, pictureIn(path)]) };
  });
  const rows = firstRows(all, directory);
  return {
    items: all.flatMap(({ item }, row) => (rows.has(row) ? [item] : [])),
    notes: [],
    embedded: { ...embedded, rows: selectRows(embedded.rows, [...rows]) },
    directory,
  };
}

/**
 * The first row of each image: one of several captions has a row for each of them, but counts once.
 * @throws {LabelledSetError} where its rows have two labels
 */
function firstRows(
  rows: readonly { readonly item: LabelledItem; readonly image: string }[],
  directory: string,
): ReadonlySet<number> {
  const firsts = new Map<string, number>();
  for (const [row, { item, image }] of rows.entries()) {
    const first = firsts.get(image) ?? row;
    firsts.set(image, first);
    const label = rows[first]?.item.label;
    if (label !== item.label) throw twoLabels(directory, item.id, label, item.label);
  }
  return new Set(firsts.values());
}

/** The frame, page or slice that an address names: of one file they are different images. */
function pictureIn(path: string): string | undefined {
  return /#(?:frame|page|axial|coronal|sagittal)=\d+$/.exec(path)?.[0];
}

function twoLabels(source: string, id: string, one = 'no label', other = 'no label') {
  return new LabelledSetError(
    shortPath(source),
    `says both ${excerpt(one)} and ${excerpt(other)} of "${id}"; give it one label`,
  );
}

async function imageSet(
  sources: readonly string[],
  options: LabelledSetOptions,
  session: Session,
): Promise<ReadSet> {
  const [first = ''] = sources;
  const isTable = TABLE_ENDINGS.some((ending) => first.toLowerCase().endsWith(ending));
  if (isTable && (sources.length > 1 || options.captions !== undefined)) {
    throw new UsageError(`${first} is a table: name it alone, or as --captions beside the images`);
  }
  const table = isTable ? await inputOf(first, session) : await optionalInput(options.captions, session);
  const { paths, literal } = isTable ? { paths: [], literal: undefined } : await givenPaths(sources, session);
  const missing = options.onError === 'skip' ? 'keep' : 'fail';
  // A truth of its own needs no label in the table.
  const needs = options.truth === undefined && options.labelFrom === undefined ? (['label'] as const) : [];
  const { images, texts, pairs, notes } = await gatherInputs(
    paths,
    table,
    { ...options, literal, missing },
    { ...options, needs },
  );
  const facts = new Map<number, { readonly label?: string; readonly group?: string }>();
  for (const { image, text } of pairs) {
    const [known, said] = [facts.get(image), texts[text]];
    if (known?.label !== undefined && said?.label !== undefined && known.label !== said.label) {
      throw twoLabels(first, images[image]?.id ?? '', known.label, said.label);
    }
    facts.set(image, { label: known?.label ?? said?.label, group: known?.group ?? said?.group });
  }
  const again = await repeatedImages(images);
  const items = images.flatMap(({ id, path, label, group }, i) => {
    if (again.has(i)) return [];
    const own = { label: label ?? facts.get(i)?.label, group: group ?? facts.get(i)?.group };
    return [{ id, path, ...factsOf(own) }];
  });
  return { items, notes };
}

/** Rows of Parquet that have the image of an earlier row of their id again, with another caption: an image counts once. */
async function repeatedImages(
  images: readonly { readonly id: string; readonly path: string }[],
): Promise<ReadonlySet<number>> {
  const rowsOf = new Map<string, number[]>();
  for (const [i, { id, path }] of images.entries()) {
    if (imageAddress(path).member !== undefined) rowsOf.set(id, [...(rowsOf.get(id) ?? []), i]);
  }
  const again = new Set<number>();
  for (const rows of rowsOf.values()) {
    if (rows.length < 2) continue;
    const digests = new Set<string>();
    for (const i of rows) {
      const digest = await digestOf(images[i]?.path ?? '');
      if (digest === undefined) continue;
      if (digests.has(digest)) again.add(i);
      digests.add(digest);
    }
  }
  return again;
}

/** Undefined for an image that cannot be read, which is told when it is embedded. */
function digestOf(path: string): Promise<string | undefined> {
  return readIdentified(path).then(
    ({ identity }) => identity.sha256,
    () => undefined,
  );
}

function factsOf({ label, group }: { readonly label?: string; readonly group?: string }) {
  return { ...(label !== undefined && { label }), ...(group !== undefined && { group }) };
}

function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
