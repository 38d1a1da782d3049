import { closeRows } from '../../closing/affine-map.ts';
import { fitMaps } from '../../closing/methods.ts';
import { unitRows } from '../../closing/sample.ts';
import type { ClosingMaps } from '../../closing-data.ts';
import type { Gpu } from '../../device/gpu.ts';
import type { Embeddings } from '../../embeddings.ts';
import { type RowSource, rowsInMemory } from '../../metrics/search/row-source.ts';
import { type ClosingFile, expectSameCheckpoint } from '../closing-file.ts';
import {
  type DescribedRows,
  type EmbeddedRows,
  type OpenedRows,
  readEmbeddedRows,
} from '../embedded-rows.ts';
import { UsageError } from '../errors.ts';

/** The rows as they are searched, and what queries go through to be compared with them. */
export interface SearchSpace<Rows> {
  readonly rows: Rows;
  readonly maps?: ClosingMaps;
}

export interface SpaceOptions {
  readonly closing?: ClosingFile;
  /** Takes the mean out of images and of texts. */
  readonly centre?: boolean;
}

/** @throws {UsageError} for closed rows without their closing, or with more than it @throws {ClosingMismatchError} */
export function expectClosing(
  { path, manifest }: DescribedRows,
  { closing, centre }: SpaceOptions,
  warn: (message: string) => void,
): void {
  if (closing && centre) throw new UsageError('--closing and --centre: pass one of them');
  if (closing) expectSameCheckpoint(closing, manifest.fingerprint, warn);
  if (!manifest.closing) return;
  const { method, sha256 } = manifest.closing;
  if (closing?.sha256 === sha256) return;
  const given = closing
    ? `${closing.file} is another`
    : centre
      ? '--centre is for open rows'
      : 'queries need it too';
  throw new UsageError(
    `${path}: its rows are closed (${method}); ${given}: pass by --closing the one of SHA-256 ${sha256}`,
  );
}

/** @throws {FewRowsError} for `--centre` without two images and two texts @throws {ClosedToZeroError} @throws {ShapeError} */
export async function searchSpace(
  gpu: Gpu,
  directory: string,
  { rows, ...described }: EmbeddedRows,
  options: SpaceOptions,
): Promise<SearchSpace<Embeddings>> {
  const { maps, isOpen } = await mapsFor(gpu, directory, described, options);
  if (!maps || !isOpen) return { rows, maps };
  return { rows: await closeRows(gpu, described.path, maps[described.kind], rows), maps };
}

/** The same of rows in their file, which are in memory only where they are closed here. @throws {BiomedClipError} as `searchSpace` */
export async function openSpace(
  gpu: Gpu,
  directory: string,
  { source, ...described }: OpenedRows,
  options: SpaceOptions,
): Promise<SearchSpace<RowSource>> {
  const { maps, isOpen } = await mapsFor(gpu, directory, described, options);
  if (!maps || !isOpen) return { rows: source, maps };
  const { path, kind } = described;
  const { rows } = await readEmbeddedRows(directory, kind);
  return { rows: rowsInMemory(path, await closeRows(gpu, path, maps[kind], rows)), maps };
}

/** What closes queries, and whether the rows are still open, and are closed by it too. */
async function mapsFor(
  gpu: Gpu,
  directory: string,
  { manifest }: DescribedRows,
  { closing, centre }: SpaceOptions,
): Promise<{ readonly maps?: ClosingMaps; readonly isOpen: boolean }> {
  if (manifest.closing && closing) return { maps: closing.maps, isOpen: false };
  return { maps: centre ? await centringMaps(gpu, directory) : closing?.maps, isOpen: true };
}

/** As the closing `center`: each modality's own mean is taken out. */
async function centringMaps(gpu: Gpu, directory: string): Promise<ClosingMaps> {
  const { rows: images } = await readEmbeddedRows(directory, 'images');
  const { rows: texts } = await readEmbeddedRows(directory, 'texts');
  const sample = { images: unitRows('images', images), texts: unitRows('texts', texts), paired: false };
  return fitMaps(gpu, sample, { method: 'center' });
}
