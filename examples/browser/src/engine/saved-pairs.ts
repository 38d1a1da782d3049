import {
  type ByteSource,
  describedParquet,
  holdsVectors,
  memorySource,
  type RowDescription,
  type RowsKind,
  RowsNameError,
  readRowsFile,
} from '../../../../src/rows-files/index.ts';
import { CALLED } from '../data/called.ts';
import { grouped } from '../data/grouped.ts';
import { hex, sha256 } from '../keep/digest.ts';
import { knownLabels } from './known-labels.ts';
import type { SavedFiles, SavedVectors, Vectors } from './types.ts';
import { unitRows } from './unit-rows.ts';

type Facts = Partial<RowDescription>;

/** The rows of one modality as they lie in a file. */
interface Rows {
  readonly file: string;
  readonly vectors: Vectors;
  /** One a row, where the file says it. */
  readonly facts: readonly Facts[] | undefined;
  readonly manifest: Manifest | undefined;
  /** What people should know of the facts. */
  readonly note?: string | undefined;
}

/** What is read of a manifest; the rest is as it may be. */
interface Manifest {
  readonly model?: string;
  readonly fingerprint?: string;
  readonly logitScale?: number;
  readonly pairs?: number;
  readonly closing?: { readonly method?: string };
  readonly files?: Partial<Record<RowsKind, string>>;
  readonly images?: readonly Facts[];
  readonly texts?: readonly Facts[];
}

/** Which of some Parquet files have vectors in them, by their place. @throws {RowsFormatError} */
export async function vectorsAmong(parquets: readonly File[]): Promise<number[]> {
  const has = await Promise.all(parquets.map(async (file) => holdsVectors(await sourceOf(file))));
  return has.flatMap((is, i) => (is ? [i] : []));
}

/**
 * Embeddings of images and of the texts that belong to them, as `embed`, `study`, `export`, the page or others wrote them.
 * @throws {BiomedClipError} what reading a file throws @throws {Error} that says what is missing, or what does not fit
 */
export async function readSavedPairs(files: SavedFiles): Promise<SavedVectors> {
  const { images, texts } = await rowsOf(files);
  if (images.vectors.dim !== texts.vectors.dim) {
    throw new Error(
      `${images.file} has rows of ${images.vectors.dim} values, and ${texts.file} of ${texts.vectors.dim}: they are of two models. Give the images and the texts of one.`,
    );
  }
  const manifest = images.manifest ?? texts.manifest;
  const places = pairedRows(images, texts, manifest);
  const taken = { images: places.map(([row]) => row), texts: places.map(([, row]) => row) };
  const scaled = { images: unitRows(images, taken.images), texts: unitRows(texts, taken.texts) };
  const pairs = places.map(([image, text]) => factsOf(images.facts?.[image], texts.facts?.[text], image));
  const { method } = manifest?.closing ?? {};
  return {
    vectors: {
      images: scaled.images.rows,
      texts: scaled.texts.rows,
      labels: knownLabels(pairs.map(({ label }) => label)),
    },
    space: {
      name: method === undefined ? manifest?.model : `${manifest?.model}, closed by ${method}`,
      // New texts and images are not moved as these rows were.
      fingerprint: method === undefined ? manifest?.fingerprint : undefined,
      dim: images.vectors.dim,
      logitScale: manifest?.logitScale,
    },
    pairs,
    notes: [
      ...[images.note, texts.note].flatMap((note) => note ?? []),
      ...otherIds(images, texts, places),
      ...leftOut('image', images, taken.images),
      ...leftOut('text', texts, taken.texts),
      ...(scaled.images.isScaled || scaled.texts.isScaled
        ? ['Rows were not of length 1, and were scaled to it.']
        : []),
      ...(method === undefined ? [] : [`The gap of these embeddings was closed before, by ${method}.`]),
    ],
  };
}

async function rowsOf(files: SavedFiles): Promise<Record<RowsKind, Rows>> {
  if (files.kind === 'one') {
    const source = await sourceOf(files.file);
    const described = files.file.name.endsWith('.parquet') ? await describedParquet(source) : undefined;
    return {
      images: await rowsIn(source, 'images', described),
      texts: await rowsIn(source, 'texts', described),
    };
  }
  const manifest = files.manifest && ((await jsonOf(files.manifest)) as Manifest);
  const read = async (kind: RowsKind): Promise<Rows> => {
    const source = await sourceOf(files[kind]);
    await expectIntact(source, manifest?.files?.[kind]);
    const { rows: vectors } = await readRowsFile(source);
    return { file: source.name, vectors, ...listOf(manifest, kind, vectors.rows, source.name), manifest };
  };
  return { images: await read('images'), texts: await read('texts') };
}

async function rowsIn(
  source: ByteSource,
  kind: RowsKind,
  described: readonly Facts[] | undefined,
): Promise<Rows> {
  const { rows: vectors, manifest: inside } = await named(source, kind);
  const manifest = inside as Manifest | undefined;
  const { facts = own(), note } = listOf(manifest, kind, vectors.rows, source.name);
  return { file: source.name, vectors, facts, note, manifest };

  /** Of a file with a row a modality those of this one, else those of all rows. */
  function own(): readonly Facts[] | undefined {
    if (!described) return vectors.ids?.map((id) => ({ id }));
    const mine = described.filter(({ modality }) => `${modality}s` === kind);
    return [mine, described].find(({ length }) => length === vectors.rows);
  }
}

/** The rows of that kind; else of the one array or column whose name says that it is of that kind. */
async function named(source: ByteSource, kind: RowsKind) {
  try {
    const read = await readRowsFile(source, { kind });
    if (read.kind === kind) return read;
  } catch (error) {
    if (!(error instanceof RowsNameError)) throw error;
    const [name, ...others] = error.known.filter((name) => CALLED[kind].test(name));
    if (name !== undefined && others.length === 0) return readRowsFile(source, { name });
    throw new Error(
      `${source.name} has ${error.known.join(', ') || 'no matrix'}: which holds the ${kind} is not clear. Call one images and one texts.`,
      { cause: error },
    );
  }
  throw new Error(
    `${source.name} has one matrix alone, which is not said to be the ${kind}: a file of both is needed, or one file each.`,
  );
}

/** Which row of the images belongs to which of the texts: as the manifest says, by id, or row by row. */
function pairedRows(images: Rows, texts: Rows, manifest: Manifest | undefined): [number, number][] {
  const [n, m] = [images.vectors.rows, texts.vectors.rows];
  const { pairs } = manifest ?? {};
  if (pairs !== undefined) {
    if (Number.isInteger(pairs) && pairs >= 0 && pairs <= Math.min(n, m))
      return inOrder(pairs, images, texts);
    throw new Error(
      `The manifest of ${images.file} says that ${JSON.stringify(pairs)} pairs come first: it must be a whole number from 0 to ${Math.min(n, m)}, the rows that both have.`,
    );
  }
  const known = pairedById(images.facts, texts.facts);
  if (known.length > 0) return known;
  if (n === m) return inOrder(n, images, texts);
  throw new Error(
    `${images.file} has ${n} rows of images, and ${texts.file} ${m} of texts, without ids that say which belong together: give as many of both, row i of one with row i of the other, or the manifest.json that was written with them.`,
  );
}

/** Rows of one id are of one image, whichever of them belongs to which caption of it. */
function pairedById(images: readonly Facts[] = [], texts: readonly Facts[] = []): [number, number][] {
  if (![...images, ...texts].every(({ id }) => id !== undefined)) return [];
  const places = grouped(images.keys(), (row) => images[row]?.id);
  const last = new Map<string | undefined, number>();
  return texts.flatMap(({ id }, text): [number, number][] => {
    const rows = places.get(id) ?? [];
    const k = last.get(id) ?? 0;
    last.set(id, k + 1);
    const image = rows[Math.min(k, rows.length - 1)];
    return image === undefined ? [] : [[image, text]];
  });
}

function inOrder(pairs: number, images: Rows, texts: Rows): [number, number][] {
  if (pairs === 0) throw new Error(`${images.file} and ${texts.file} have no pair of an image and a text.`);
  return Array.from({ length: pairs }, (_, i) => [i, i]);
}

function factsOf(image: Facts = {}, text: Facts = {}, row: number) {
  const group = text.group ?? image.group;
  return {
    id: image.id ?? text.id ?? `row ${row}`,
    path: image.path,
    caption: text.caption ?? image.caption ?? '',
    label: text.label ?? image.label ?? '',
    ...(group !== undefined && { group }),
  };
}

function leftOut(kind: string, { file, vectors }: Rows, taken: readonly number[]): string[] {
  const count = vectors.rows - new Set(taken).size;
  return count === 0
    ? []
    : [`${file}: ${count} of ${vectors.rows} rows of ${kind}s have no partner, and were left out.`];
}

/** What a manifest says of rows, if it is of as many. @throws {Error} for what says nothing of a row */
function listOf(
  manifest: Manifest | undefined,
  kind: RowsKind,
  rows: number,
  file: string,
): Pick<Rows, 'facts' | 'note'> {
  const list: unknown = manifest?.[kind];
  if (!Array.isArray(list)) return { facts: undefined };
  if (list.length === rows)
    return { facts: list.map((entry, row) => factsIn(entry, `${kind}[${row}]`, file)) };
  const note = `The manifest names ${list.length} ${kind}, and ${file} has ${rows} rows of them: what it says of them is left out.`;
  return { facts: undefined, note };
}

const WORDS = ['id', 'path', 'caption', 'label', 'group', 'modality'] as const;

/** Others may write numbers for names. */
function factsIn(entry: unknown, place: string, file: string): Facts {
  if (typeof entry !== 'object' || entry === null) {
    throw new Error(
      `The manifest of ${file}: ${place} is ${JSON.stringify(entry)}, and must be an object with an id.`,
    );
  }
  const words = WORDS.flatMap((name): [string, string][] => {
    const value = (entry as Record<string, unknown>)[name];
    if (value === undefined || value === null) return [];
    if (typeof value === 'object') {
      throw new Error(
        `The manifest of ${file}: ${place}.${name} is ${JSON.stringify(value)}, and must be a text.`,
      );
    }
    return [[name, String(value)]];
  });
  return Object.fromEntries(words);
}

/** As the manifest counts them, and yet of two names. */
function otherIds(images: Rows, texts: Rows, places: readonly (readonly [number, number])[]): string[] {
  const other = places.find(([image, text]) => {
    const [one, two] = [images.facts?.[image]?.id, texts.facts?.[text]?.id];
    return one !== undefined && two !== undefined && one !== two;
  });
  if (!other) return [];
  const [image, text] = other;
  return [
    `Row ${image} pairs the image ${images.facts?.[image]?.id} with a text of ${texts.facts?.[text]?.id}: rows were paired in their order, not by these ids.`,
  ];
}

/** @throws {Error} where the rows are not those that the manifest was written with */
async function expectIntact(source: ByteSource, digest: string | undefined): Promise<void> {
  if (digest === undefined) return;
  const bytes = await source.read(0, source.size);
  if (hex(await sha256(new Uint8Array(bytes))) === digest) return;
  throw new Error(
    `${source.name} is not the file that manifest.json was written with: its SHA-256 is another. Give both of one folder.`,
  );
}

async function jsonOf(file: File): Promise<unknown> {
  try {
    const value: unknown = JSON.parse(await file.text());
    if (typeof value === 'object' && value !== null) return value;
  } catch {} // said below
  throw new Error(
    `${file.name} is no JSON object, as embed writes it: leave it out, or give the one of the rows.`,
  );
}

async function sourceOf(file: File): Promise<ByteSource> {
  return memorySource(file.name, new Uint8Array(await file.arrayBuffer()));
}
