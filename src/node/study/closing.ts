import { closeBoth } from '../../closing/affine-map.ts';
import { fitGapClosing } from '../../closing/fit.ts';
import { FEWEST_FOR_CLAIMS } from '../../closing/held-out.ts';
import { type ClosingSweep, sweepClosings } from '../../closing/sweep.ts';
import type { ClosingReport } from '../../closing-data.ts';
import type { Gpu } from '../../device/gpu.ts';
import type { Embeddings } from '../../embeddings.ts';
import { compareQuality, type QualityDifference } from '../../metrics/quality/compare.ts';
import { embeddingQuality } from '../../metrics/quality/embedding-quality.ts';
import { stackRows } from '../../metrics/vectors.ts';
import { type ClosingFile, closingHost, expectSameCheckpoint } from '../closing-file.ts';
import { AlreadyClosedError } from '../errors.ts';
import { nodeHost } from '../host.ts';
import { type MatchDistances, matchDistances } from './distances.ts';
import type { EmbeddingSet } from './embedding-set.ts';
import { type MeasureOptions, type Measures, mapOf } from './measure.ts';
import { classesOf } from './pairs.ts';

/** What a study tells of closing the gap. */
export interface StudyClosing {
  /** The file that was given; undefined if the closing was fitted on these pairs. */
  readonly file?: string;
  readonly report: ClosingReport;
  /** The file's bytes, of a closing that was fitted here. */
  readonly bytes?: Uint8Array;
  /** Of a closing from a file: these pairs before and after. */
  readonly changes?: readonly QualityDifference[];
  /** Undefined where too few pairs would show nothing but chance. */
  readonly sweep?: ClosingSweep;
  /** The map of the closed pairs. */
  readonly tsne: Measures['tsne'];
  readonly imageToText: MatchDistances;
}

/**
 * Closes the gap of a study's pairs, by a closing from a file or by one that folds of them recommend, and compares.
 * @throws {AlreadyClosedError} @throws {ClosingMismatchError} and what fitting throws
 */
export async function studyClosing(
  gpu: Gpu,
  set: EmbeddingSet,
  given: ClosingFile | 'auto',
  options: MeasureOptions,
): Promise<StudyClosing> {
  const { signal, onProgress } = options;
  const chosen = given === 'auto' ? await fitted(gpu, set, options) : given;
  const closed = await closeBoth<Embeddings>(gpu, chosen.maps, set);
  const tsne = await mapOf(gpu, stackRows([closed.images, closed.texts]), options);
  const imageToText = await matchDistances(gpu, closed.images, closed.texts, {
    signal,
    onProgress: (done, total) => onProgress('distances of closed pairs', done, total),
  });
  return {
    file: given === 'auto' ? undefined : given.file,
    report: chosen.report,
    bytes: 'bytes' in chosen ? chosen.bytes : undefined,
    changes: given === 'auto' ? undefined : await changesOf(gpu, set, closed, options),
    sweep: set.images.rows < FEWEST_FOR_CLAIMS ? undefined : await swept(gpu, set, options),
    tsne,
    imageToText,
  };
}

/** @throws {AlreadyClosedError} for pairs closed already @throws {ClosingMismatchError} */
export function expectClosable(
  { manifest }: Pick<EmbeddingSet, 'manifest'>,
  given: ClosingFile | 'auto',
  source: string,
  onWarning: (message: string) => void,
): void {
  if (manifest.closing) throw new AlreadyClosedError(source, manifest.closing.method);
  if (given !== 'auto') expectSameCheckpoint(given, manifest.fingerprint, onWarning);
}

async function fitted(gpu: Gpu, set: EmbeddingSet, { seed, signal, onProgress }: MeasureOptions) {
  const { fingerprint, logitScale } = set.manifest;
  const closing = await fitGapClosing(closingHost(gpu), set, {
    groups: classesOf(set.pairs),
    pairBy: 'ids',
    model: fingerprint === undefined ? undefined : { fingerprint, logitScale },
    seed,
    signal,
    onProgress: ({ stage, done, total }) => onProgress(`closing: ${stage}`, done, total),
  });
  return { maps: closing.maps, report: closing.report, bytes: await closing.toBytes() };
}

async function changesOf(
  gpu: Gpu,
  set: EmbeddingSet,
  closed: { readonly images: Embeddings; readonly texts: Embeddings },
  { seed, signal }: MeasureOptions,
): Promise<QualityDifference[]> {
  const known = { items: set.images.ids, labels: classesOf(set.pairs) };
  const options = { seed, resamples: 200, shapeResamples: 20, swaps: 5, signal };
  const judged = ({ images, texts }: typeof closed) =>
    embeddingQuality(gpu, { images, texts, ...known }, options, nodeHost);
  return compareQuality(await judged(set), await judged(closed));
}

function swept(gpu: Gpu, set: EmbeddingSet, { seed, signal, onProgress }: MeasureOptions) {
  return sweepClosings(closingHost(gpu), set, {
    groups: classesOf(set.pairs),
    pairBy: 'ids',
    seed,
    signal,
    onProgress: ({ done, total }) => onProgress('comparing closings', done, total),
  });
}
