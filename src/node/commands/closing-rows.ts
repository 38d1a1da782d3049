import type { Embeddings } from '../../embeddings.ts';
import type { PairBy } from '../../metrics/gap/pairing.ts';
import type { Vectors } from '../../metrics/vectors.ts';
import { type ValueOptions, valuesReading } from '../cli/caption-options.ts';
import { pairByIds, warnOfAlone } from '../cli/paired-rows.ts';
import type { Output, Session } from '../cli/session.ts';
import { inputOf, optionalInput } from '../cli/standard-streams.ts';
import { AlreadyClosedError, DifferentCheckpointsError } from '../errors.ts';
import type { InputFile } from '../input-file.ts';
import { fileDigests, modelOfRows, type NpyRows, readNpyRows } from '../npy-vectors.ts';
import type { RunFacts } from '../provenance.ts';
import { readRowValues } from '../row-values.ts';

export interface ClosingRowsOptions extends ValueOptions {
  readonly pairBy?: PairBy | 'none';
  readonly groups?: string;
  readonly labels?: string;
}

/** What closings are fitted on: rows as the model gives them, and what is known of them. */
export interface ReadClosingRows {
  readonly images: Vectors;
  readonly texts: Vectors;
  /** One an image. */
  readonly groups?: readonly string[];
  readonly labels?: readonly string[];
  /** The checkpoint that made them, where a manifest says which. */
  readonly model?: { readonly fingerprint: string; readonly logitScale?: number };
  /** For the provenance: the files' digests, and the checkpoint's name. */
  readonly facts: Pick<RunFacts, 'inputs' | 'model'>;
}

/**
 * Rows of two .npy files, with groups and labels. Where ids pair them, those without a partner are left out and named.
 * Without groups, they are those of the manifest, where it has them.
 * @throws {AlreadyClosedError} @throws {DifferentCheckpointsError} @throws {RowValuesError} @throws {PairIdsError}
 * @throws {BiomedClipError} what reading the files throws
 */
export async function readClosingRows(
  imagesPath: string,
  textsPath: string,
  options: ClosingRowsOptions,
  session: Session,
  output: Output,
): Promise<ReadClosingRows> {
  const files = {
    images: await inputOf(imagesPath, session),
    texts: await inputOf(textsPath, session),
    groups: await optionalInput(options.groups, session),
    labels: await optionalInput(options.labels, session),
  };
  const [images, texts] = [
    await readNpyRows(files.images, 'images'),
    await readNpyRows(files.texts, 'texts'),
  ];
  expectOpen(images);
  expectOpen(texts);
  const fingerprint = sharedFingerprint(images, texts);
  const { rows } = images;
  const valued = { name: images.path, rows: rows.rows, ids: rows.ids };
  const valuesOf = (file: InputFile, what: 'group' | 'label') =>
    readRowValues(file, what, valued, valuesReading(options, what));
  const groups =
    files.groups === undefined ? knownGroups(images, output) : await valuesOf(files.groups, 'group');
  const labels = files.labels === undefined ? undefined : await valuesOf(files.labels, 'label');
  const paired = pairedRows(images.rows, texts.rows, options.pairBy, output);
  const ofImages = (values: readonly string[] | undefined) =>
    values ? (paired.imageRows?.map((row) => values[row] ?? '') ?? values) : undefined;
  const logitScale = images.origin?.manifest.logitScale;
  return {
    images: paired.images,
    texts: paired.texts,
    groups: ofImages(groups),
    labels: ofImages(labels),
    model: fingerprint === undefined ? undefined : { fingerprint, logitScale },
    facts: {
      model: modelOfRows(images, texts),
      inputs: await fileDigests(files),
    },
  };
}

/** The groups that the images were embedded with, if all have one: folds that split them would judge too well. */
function knownGroups({ rows, origin }: NpyRows, output: Output): string[] | undefined {
  const { images = [], texts = [] } = origin?.manifest ?? {};
  const groupOf = new Map(
    [...texts, ...images].flatMap(({ id, group }) => (group === undefined ? [] : [[id, group]])),
  );
  const groups = rows.ids?.flatMap((id) => groupOf.get(id) ?? []) ?? [];
  if (groups.length !== rows.rows || groups.length === 0) return undefined;
  output.note(`groups: those of ${origin?.file}, ${new Set(groups).size} of them; --groups gives others`);
  return groups;
}

/** @throws {AlreadyClosedError} */
export function expectOpen({ path, origin }: NpyRows): void {
  const closing = origin?.manifest.closing;
  if (closing) throw new AlreadyClosedError(path, closing.method);
}

/** The checkpoint's that made both, if a manifest says so. @throws {DifferentCheckpointsError} */
export function sharedFingerprint(images?: NpyRows, texts?: NpyRows): string | undefined {
  const [a, b] = [images?.origin?.manifest.fingerprint, texts?.origin?.manifest.fingerprint];
  if (images && texts && a !== undefined && b !== undefined && a !== b) {
    throw new DifferentCheckpointsError(images.path, a, texts.path, b);
  }
  return a ?? b;
}

function pairedRows(images: Vectors, texts: Vectors, pairBy: PairBy | 'none' | undefined, output: Output) {
  if (pairBy === 'none' || pairBy === 'rows') return { images, texts };
  if (!hasIds(images) || !hasIds(texts)) {
    if (pairBy === undefined) output.note(assumed(images, texts));
    return { images, texts };
  }
  const paired = pairByIds(images, texts);
  warnOfAlone(output, paired.alone);
  return { images: paired.images, texts: paired.texts, imageRows: paired.rows.images };
}

function assumed(images: Vectors, texts: Vectors): string {
  const no = 'no manifest gives the ids of both';
  if (images.rows === texts.rows) return `${no}: row i is paired with row i`;
  return `${no}, and there are ${images.rows} images and ${texts.rows} texts: rows are not paired`;
}

function hasIds(vectors: Vectors): vectors is Embeddings {
  return vectors.ids !== undefined;
}
