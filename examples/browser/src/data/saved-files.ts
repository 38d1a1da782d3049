import type { CaptionRow } from '../../../../src/tables/index.ts';
import type { KnownPair, SavedFiles, SavedVectors } from '../engine/types.ts';
import { CALLED } from './called.ts';
import { type CaptionsChoice, isCaptionsFile, readCaptions } from './captions-file.ts';
import type { FoundFile } from './dropped-files.ts';
import { isImageFile } from './image-files.ts';
import { ImagePaths } from './image-paths.ts';

const MANIFEST = 'manifest.json';
const CONTAINER = /\.(npz|safetensors)$/i;
/** What `embed` and `study` call the rows of either. */
const OWN = { images: 'images.npy', texts: 'texts.npy' } as const;

/** For people. */
export const SAVED_KINDS =
  '.npz, .parquet, .safetensors, or images.npy and texts.npy with their manifest.json';
/** For a file picker. */
export const SAVED_ACCEPT = '.npy,.npz,.safetensors,.parquet';

/** Embeddings among files, and the other files. */
export interface FoundSaved {
  readonly saved: SavedFiles;
  readonly others: readonly FoundFile[];
}

/**
 * The files of embeddings that were saved, if there are any.
 * @param vectorsAmong which of some Parquet files have vectors, by their place
 * @throws {Error} where which files are meant is not clear
 */
export async function savedAmong(
  files: readonly FoundFile[],
  vectorsAmong: (parquets: File[]) => Promise<readonly number[]>,
): Promise<FoundSaved | undefined> {
  const parquets = files.filter(({ path }) => path.toLowerCase().endsWith('.parquet'));
  const holding = parquets.length > 0 ? await vectorsAmong(parquets.map(({ file }) => file)) : [];
  const vectorParquets = holding.flatMap((i) => parquets[i] ?? []);
  const containers = [...files.filter(({ path }) => CONTAINER.test(path)), ...vectorParquets];
  const arrays = files.filter(({ path }) => path.toLowerCase().endsWith('.npy'));
  if (containers.length === 0 && arrays.length === 0) return undefined;
  const [container, ...more] = containers;
  if (container && more.length === 0 && arrays.length === 0) {
    return {
      saved: { kind: 'one', file: container.file },
      others: files.filter((file) => file !== container),
    };
  }
  if (container) throw severalOf([...containers, ...arrays]);
  return arraysOf(arrays, files);
}

function arraysOf(arrays: readonly FoundFile[], files: readonly FoundFile[]): FoundSaved {
  const own = (kind: keyof typeof OWN) => arrays.filter(({ file }) => file.name === OWN[kind]);
  const called = (kind: keyof typeof OWN) => arrays.filter(({ file }) => CALLED[kind].test(file.name));
  const [images, ...otherImages] = own('images').length > 0 ? own('images') : called('images');
  const [texts, ...otherTexts] = own('texts').length > 0 ? own('texts') : called('texts');
  if (otherImages.length > 0 || otherTexts.length > 0) throw severalOf(arrays);
  if (!images || !texts || images === texts) {
    const missing = !images ? 'images' : 'texts';
    throw new Error(
      `There are embeddings in ${arrays.map(({ path }) => path).join(', ')}, and none is called after the ${missing}: give images.npy and texts.npy, the rows of both in one order.`,
    );
  }
  const folder = folderOf(images);
  const manifest = files.find((found) => found.file.name === MANIFEST && folderOf(found) === folder);
  const taken: readonly (FoundFile | undefined)[] = [...arrays, manifest];
  return {
    saved: { kind: 'two', images: images.file, texts: texts.file, manifest: manifest?.file },
    others: files.filter((file) => !taken.includes(file)),
  };
}

function severalOf(files: readonly FoundFile[]): Error {
  return new Error(
    `${files.map(({ path }) => path).join(', ')}: which of these embeddings are meant is not clear. Give one file of both, or one images.npy and one texts.npy.`,
  );
}

function folderOf({ path }: FoundFile): string {
  return path.split('/').slice(0, -1).join('/');
}

/** What is known of each pair, with its image where that is among the files, and what to say of them. */
export async function withFilesBeside(
  { pairs, notes }: Pick<SavedVectors, 'pairs' | 'notes'>,
  others: readonly FoundFile[],
  choice: CaptionsChoice,
): Promise<{ readonly pairs: readonly KnownPair[]; readonly notes: readonly string[] }> {
  const images = new ImagePaths(others.filter(({ path }) => isImageFile(path)));
  const [table] = others.filter(({ path }) => isCaptionsFile(path) && !path.endsWith('.json'));
  const captioned = table ? captionedBy(pairs, await readCaptions(table.file, choice), table.path) : pairs;
  const known = captioned.map(({ path, ...facts }): KnownPair => {
    const meant = [facts.id, path].flatMap((written) => (written ? [images.meantBy(written, '')] : []));
    const alone = meant.find(({ length }) => length === 1);
    return { ...facts, image: alone?.[0]?.file };
  });
  const there = known.filter(({ image }) => image).length;
  const some = `${there} of the ${known.length} images are here; the other pairs have none.`;
  return { pairs: known, notes: there === 0 || there === known.length ? notes : [...notes, some] };
}

/** With the captions, labels and groups of a table, by id, or in order where the embeddings have no ids of their own. */
function captionedBy(
  pairs: SavedVectors['pairs'],
  rows: readonly CaptionRow[],
  table: string,
): SavedVectors['pairs'] {
  const byId = new Map(rows.map((row) => [row.image ?? row.id, row]));
  const isById = pairs.some(({ id }) => byId.has(id));
  if (!isById && rows.length !== pairs.length) {
    throw new Error(
      `${table} has ${rows.length} rows for ${pairs.length} pairs of embeddings, and names none of them: give a table with their ids, or with as many rows, in their order.`,
    );
  }
  return pairs.map((pair, i) => {
    const row = isById ? byId.get(pair.id) : rows[i];
    if (!row) return pair;
    const { text, label = pair.label, group = pair.group, image } = row;
    return { ...pair, caption: text, label, group, id: isById ? pair.id : (image ?? pair.id) };
  });
}
