/**
 * The metrics on a device that they share, which is opened at first use: what both entries export. `#platform` is Node's or
 * the browser's, by the conditions of package.json's `imports`.
 */
import { availableMemory, openFile, openGpu, writeFile } from '#platform';
import {
  abortSignal,
  aNumber,
  anything,
  callback,
  checkOptions,
  integerFrom,
  list,
  oneOf,
  type Shape,
} from './arguments.ts';
import { fitGapClosing as fitOn } from './closing/fit.ts';
import type { GapClosing } from './closing/gap-closing.ts';
import { loadGapClosing as loadFor } from './closing/load.ts';
import type { ClosingOptions, ClosingRows } from './closing/options.ts';
import { type ClosingSweep, sweepClosings } from './closing/sweep.ts';
import type { SweepOptions } from './closing/sweep-options.ts';
import {
  type LinearProbe,
  type LinearProbeOptions,
  linearProbe as linearProbeOn,
} from './metrics/evaluation/linear-probe.ts';
import {
  type NearestProbe,
  type NearestProbeOptions,
  nearestProbe as nearestProbeOn,
} from './metrics/evaluation/nearest-probe.ts';
import type { ProbeRows } from './metrics/evaluation/probe-rows.ts';
import type { ClassificationReport, EvaluationOptions } from './metrics/evaluation/report.ts';
import { type ZeroShotRows, zeroShotMetrics as zeroShotOn } from './metrics/evaluation/zero-shot.ts';
import {
  type CompareGapsOptions,
  compareGaps as compareOn,
  type GapComparison,
} from './metrics/gap/compare.ts';
import type { ComparedModel } from './metrics/gap/compared-pairs.ts';
import { modalityGap as gapOn } from './metrics/gap/modality-gap.ts';
import type { GapOptions, GapReport } from './metrics/gap/report.ts';
import { embeddingQuality as qualityOn } from './metrics/quality/embedding-quality.ts';
import type { JudgedRows } from './metrics/quality/judged-rows.ts';
import type { QualityOptions, QualityReport } from './metrics/quality/report.ts';
import type { DuplicatePair } from './metrics/search/duplicate-pass.ts';
import { type DuplicatesOptions, duplicates as duplicatesOn } from './metrics/search/duplicates.ts';
import { GpuSearchIndex, type SearchIndex, type SearchIndexOptions } from './metrics/search/search-index.ts';
import { type SearchRowsOptions, searchRows as searchRowsOn } from './metrics/search/search-rows.ts';
import { similarity as similarityOn } from './metrics/similarity/approximate.ts';
import type { SimilarityMatrix, SimilarityOptions, SimilarityTopK } from './metrics/similarity/similarity.ts';
import {
  type MappedPoints,
  tsneTransform as placeOn,
  type TsneTransformOptions,
  type TsneTransformResult,
} from './metrics/tsne/transform.ts';
import { type TsneOptions, type TsneResult, tsne as tsneOn } from './metrics/tsne/tsne.ts';
import type { Vectors } from './metrics/vectors.ts';
import { readNpy as readFrom } from './npy/vectors.ts';
import { DefaultGpu } from './platform/default-gpu.ts';
import type { RowsFileSource } from './rows-files/open-rows.ts';
import { type ReadVectorsOptions, readVectors as vectorsFrom } from './rows-files/vectors.ts';

const shared = /* @__PURE__ */ new DefaultGpu({ gpu: openGpu });
const host = { gpu: () => shared.get(), writeFile, availableMemory };

/**
 * The best k rows of b `[m, D]` for each row of a `[n, D]`, or of a itself: `[n, k]`, ties by index. Otherwise as without
 * `topK`.
 * @param a `[n, D]`, row by row
 * @param b `[m, D]`; a itself if undefined
 * @param options `topK`, the metric, progress, a signal
 * @throws {InvalidOptionError} for a `topK` beyond the rows of b, and what the call without `topK` throws
 */
export function similarityMatrix(
  a: Vectors,
  b: Vectors | undefined,
  options: SimilarityOptions & { readonly topK: number },
): Promise<SimilarityTopK>;
/**
 * Every row of a with every row of b, or with every row of a: the `[n, m]` matrix. In f32; equal rows have distance 0
 * exactly.
 * @param a `[n, D]`, row by row
 * @param b `[m, D]`; a itself if left out
 * @param options the metric, progress, a signal
 * @throws {ShapeError} @throws {NonFiniteVectorError} @throws {ZeroVectorError} under `cosine`
 * @throws {MatrixTooLargeError} @throws {ResultRangeError}
 * @throws {HostMemoryError} for more than the host has memory for, before the first step
 * @throws {InvalidOptionError} @throws {DeviceLimitError} @throws {AbortedError} @throws {NoAdapterError}
 */
export function similarityMatrix(
  a: Vectors,
  b?: Vectors,
  options?: SimilarityOptions & { readonly topK?: undefined },
): Promise<SimilarityMatrix>;
/** The matrix, or with `topK` the best of each row, for options that are not known in advance. Throws as both. */
export function similarityMatrix(
  a: Vectors,
  b: Vectors | undefined,
  options: SimilarityOptions,
): Promise<SimilarityMatrix | SimilarityTopK>;
export async function similarityMatrix(
  a: Vectors,
  b?: Vectors,
  options: SimilarityOptions = {},
): Promise<SimilarityMatrix | SimilarityTopK> {
  checkOptions('similarityMatrix', 'options', options, SIMILARITY_OPTIONS);
  return similarityOn(await shared.get(), a, b, options, host);
}

/**
 * An index of rows in GPU memory, to be searched by brute force: exact, and as fast as the memory is read. Rows that do not fit
 * stay on the host and are uploaded tile by tile. Free it by `destroy`.
 * @param options how rows are stored, GPU memory for them
 * @throws {InvalidOptionError} @throws {UnknownOptionError}
 */
export function searchIndex(options: SearchIndexOptions = {}): SearchIndex {
  checkOptions('searchIndex', 'options', options, SEARCH_INDEX_OPTIONS);
  return new GpuSearchIndex(() => shared.get(), options, host);
}

/**
 * The rows of a file with the greatest cosines for each query, the best first, ties by row: as `similarityMatrix` finds them with
 * `topK`, but of more rows than memory holds. The file is read piece by piece; memory of the GPU and of the host does not grow with it.
 * The rows found are the same but where two cosines are within 1e-6 of each other: sums are in f32 in both, and rounded elsewhere.
 * @param queries `[q, D]`; more than 4,096 read the file once for every 4,096
 * @param rows a `.npy` or `.safetensors` with `[n, D]` in float16 or float32: a path (Node), a URL that takes Range requests, or a Blob,
 * such as a File of the origin's private file system; or `{ file, dim, dtype, offset }` of rows without a header. In Node a path
 * is read ten times as fast as a Blob of `fs.openAsBlob`
 * @param options `topK`, rows of a piece, progress, a signal
 * @returns `[q, k]` row numbers and cosines
 * @throws {RowBytesError} for what is no whole number of rows @throws {RowLayoutError} for other element types
 * @throws {NonFiniteVectorError} @throws {ZeroVectorError} naming the row
 * @throws {FileReadError} @throws {FileModifiedError} for a file that ends early, or changes meanwhile
 * @throws {InvalidOptionError} for a `topK` beyond the rows, and others @throws {UnknownOptionError} @throws {ShapeError}
 * @throws {RowsFormatError} @throws {RowsNameError} @throws {NpyShapeError} @throws {HostMemoryError} @throws {DeviceLimitError}
 * @throws {BiomedClipError} what reading the header throws @throws {AbortedError} @throws {NoAdapterError}
 */
export async function searchRows(
  queries: Vectors,
  rows: RowsFileSource,
  options: SearchRowsOptions = {},
): Promise<SimilarityTopK> {
  checkOptions('searchRows', 'options', options, SEARCH_ROWS_OPTIONS);
  const { name, ...searching } = options;
  const { openRows } = await import('./rows-files/open-rows.ts'); // loaded only by those who search files
  const source = await openRows({ openFile }, rows, { name });
  try {
    return await searchRowsOn(await shared.get(), queries, source, searching, host);
  } finally {
    await source.close();
  }
}

/**
 * All pairs of rows with a cosine of at least the threshold, within a or of a with b: sorted by a, then b. One tile of the
 * cosines is in memory at a time, and no pair is left out: more than the limit are an error.
 * @param a `[n, D]`, such as a test set
 * @param options the threshold, the other set `b`, such as the training set, the limit, progress, a signal
 * @throws {TooManyDuplicatesError} for more pairs than the limit
 * @throws {ShapeError} @throws {NonFiniteVectorError} @throws {ZeroVectorError}
 * @throws {InvalidOptionError} @throws {DeviceLimitError} @throws {AbortedError} @throws {NoAdapterError}
 */
export async function duplicates(a: Vectors, options: DuplicatesOptions): Promise<DuplicatePair[]> {
  checkOptions('duplicates', 'options', options, DUPLICATES_OPTIONS, ['threshold']);
  return duplicatesOn(await shared.get(), a, options);
}

/**
 * The modality gap of n pairs, image i with text i, in all its statistics, with bootstrap intervals and with random
 * pairings as the baseline.
 * @param images `[n, D]`
 * @param texts `[n, D]`, of the same model
 * @param options how rows are paired, resamples, permutations, seed, progress, a signal
 * @throws {PairCountError} unless there are as many texts as images, and at least one
 * @throws {HostMemoryError} @throws {DeviceLimitError} for more pairs than fit, before the first step
 * @throws {ShapeError} @throws {NonFiniteVectorError} @throws {ZeroVectorError}
 * @throws {InvalidOptionError} @throws {AbortedError} @throws {NoAdapterError}
 */
export async function modalityGap(
  images: Vectors,
  texts: Vectors,
  options: GapOptions = {},
): Promise<GapReport> {
  checkOptions('modalityGap', 'options', options, GAP_OPTIONS);
  return gapOn(await shared.get(), images, texts, options, host);
}

/**
 * The modality gaps of several models over the same pairs: the statistics of each side by side, their differences with
 * paired bootstrap intervals, and how alike the models' geometries are (CKA), and those of images and texts within each
 * (CKA, spectral alignment score).
 * @param models at least two, each with a name, images and texts; pairs are matched by ids where there are any
 * @param options how rows are paired, resamples, permutations, seed, progress, a signal
 * @throws {ComparedPairsError} naming the pairs that a model lacks, or has beyond the first
 * @throws {ComparedModelError} naming the model whose rows cannot be measured; its `cause` is what `modalityGap` throws
 * @throws {HostMemoryError} @throws {DeviceLimitError} for more pairs than fit, before the first step
 * @throws {InvalidOptionError} for fewer than two models, or two of one name
 * @throws {AbortedError} @throws {NoAdapterError}
 */
export async function compareGaps(
  models: readonly ComparedModel[],
  options: CompareGapsOptions = {},
): Promise<GapComparison> {
  checkOptions('compareGaps', 'options', options, COMPARE_OPTIONS);
  return compareOn(await shared.get(), models, options, host);
}

/**
 * How good a joint embedding of n pairs is: the gap that it has, and what search, classification and clustering make of
 * it, with bootstrap intervals; `compareQuality` compares two of the same pairs.
 * @param rows images and texts `[n, D]`, with what is known of them: items, labels, groups, prompts
 * @param options resamples, seed, sample, progress, a signal
 * @throws {EntryCountError} naming the field that does not fit the images
 * @throws {LabelWithoutPromptError}
 * @throws {HostMemoryError} @throws {DeviceLimitError} for more pairs than fit, before the first step
 * @throws {ShapeError} @throws {NonFiniteVectorError} @throws {ZeroVectorError}
 * @throws {InvalidOptionError} @throws {AbortedError} @throws {NoAdapterError}
 */
export async function embeddingQuality(
  rows: JudgedRows,
  options: QualityOptions = {},
): Promise<QualityReport> {
  checkOptions('embeddingQuality', 'rows', rows, JUDGED_ROWS, ['images', 'texts']);
  checkOptions('embeddingQuality', 'options', options, QUALITY_OPTIONS);
  return qualityOn(await shared.get(), rows, options, host);
}

/**
 * Zero-shot classification of labelled images: the cosine of each with the mean of each class's prompts, and accuracy, balanced
 * accuracy, macro F1, AUROC, top-5, the confusion matrix and the calibration of what follows from it, with bootstrap intervals.
 * `classificationMetrics` judges other scores the same way.
 * @param rows images and prompts `[n, D]`, with the class of each
 * @param options resamples, seed, bins, a signal
 * @throws {EmptyClassError} @throws {UnknownClassError}
 * @throws {ShapeError} @throws {NonFiniteVectorError} @throws {ZeroVectorError} @throws {MatrixTooLargeError}
 * @throws {InvalidOptionError} @throws {UnknownOptionError} @throws {DeviceLimitError} @throws {AbortedError}
 * @throws {NoAdapterError}
 */
export async function zeroShotMetrics(
  rows: ZeroShotRows,
  options: EvaluationOptions = {},
): Promise<ClassificationReport> {
  checkOptions('zeroShotMetrics', 'rows', rows, ZERO_SHOT_ROWS, [
    'images',
    'labels',
    'prompts',
    'promptLabels',
  ]);
  checkOptions('zeroShotMetrics', 'options', options, EVALUATION_OPTIONS);
  return zeroShotOn(await shared.get(), rows, options, host);
}

/**
 * A linear probe: multinomial logistic regression with an L2 penalty on frozen embeddings, its C chosen on the validation part,
 * judged on the test part as `zeroShotMetrics` judges. `splitItems` makes parts in which no group is on two sides.
 * @param rows embeddings `[n, D]`, the class and the part of each
 * @param options C, iterations, resamples, seed, bins, progress, a signal
 * @throws {SplitError} without rows to train, to test or, for the choice of C, to validate on
 * @throws {EmptyClassError} @throws {UnknownClassError} @throws {ProbeDivergedError}
 * @throws {ShapeError} @throws {NonFiniteVectorError} @throws {ZeroVectorError}
 * @throws {InvalidOptionError} @throws {UnknownOptionError} @throws {DeviceLimitError} @throws {AbortedError}
 * @throws {NoAdapterError}
 */
export async function linearProbe(rows: ProbeRows, options: LinearProbeOptions = {}): Promise<LinearProbe> {
  checkOptions('linearProbe', 'rows', rows, PROBE_ROWS, ['images', 'labels', 'parts']);
  checkOptions('linearProbe', 'options', options, LINEAR_PROBE_OPTIONS);
  return linearProbeOn(await shared.get(), rows, options, host);
}

/**
 * Classification of frozen embeddings by the vote of the k nearest, k chosen on the validation part, judged on the test part as
 * `zeroShotMetrics` judges.
 * @param rows embeddings `[n, D]`, the class and the part of each
 * @param options k, the kind of vote, its temperature, resamples, seed, bins, a signal
 * @throws {SplitError} without rows to train, to test or, for the choice of k, to validate on
 * @throws {EmptyClassError} @throws {UnknownClassError}
 * @throws {ShapeError} @throws {NonFiniteVectorError} @throws {ZeroVectorError}
 * @throws {InvalidOptionError} @throws {UnknownOptionError} @throws {DeviceLimitError} @throws {AbortedError}
 * @throws {NoAdapterError}
 */
export async function nearestProbe(
  rows: ProbeRows,
  options: NearestProbeOptions = {},
): Promise<NearestProbe> {
  checkOptions('nearestProbe', 'rows', rows, PROBE_ROWS, ['images', 'labels', 'parts']);
  checkOptions('nearestProbe', 'options', options, NEAREST_PROBE_OPTIONS);
  return nearestProbeOn(await shared.get(), rows, options, host);
}

/**
 * Fits maps that close the modality gap between images and texts of one model, and judges them by folds that they were
 * not fitted on.
 * @param rows images `[n, D]` and texts `[m, D]`
 * @param options the method, its strength, folds, seed, progress, a signal
 * @throws {FewRowsError} @throws {NoSpreadError} @throws {UnpairedRowsError} for a method that learns from pairs
 * @throws {PairIdsError} @throws {PairCountError} @throws {ClosedToZeroError} @throws {HeadDivergedError}
 * @throws {ShapeError} @throws {NonFiniteVectorError} @throws {ZeroVectorError}
 * @throws {InvalidOptionError} @throws {UnknownOptionError} @throws {AbortedError} @throws {NoAdapterError}
 */
export function fitGapClosing(rows: ClosingRows, options?: ClosingOptions): Promise<GapClosing> {
  return fitOn(host, rows, options);
}

/**
 * Reads what `GapClosing.save` or `close-gap fit` wrote.
 * @param source a path (Node), a URL, or the file's bytes
 * @throws {ClosingFileError} @throws {FileReadError} @throws {InvalidOptionError} for any other source
 * @throws {BiomedClipError} for what is no safetensors file
 */
export function loadGapClosing(source: string | URL | Blob | Uint8Array): Promise<GapClosing> {
  return loadFor(host, { openFile }, source);
}

/**
 * Fits and judges many closings of the same pairs by cross-validation, by new captions and by groups never seen: how far
 * each closes the gap, and what it costs.
 * @param rows images and texts `[n, D]`, image i with text i
 * @param options the settings to try, folds, seed, progress, a signal
 * @throws {PairCountError} @throws {PairIdsError} where rows are no pairs
 * @throws {FewRowsError} @throws {ClosedToZeroError} @throws {HeadDivergedError} @throws {LabelWithoutPromptError}
 * @throws {ShapeError} @throws {NonFiniteVectorError} @throws {ZeroVectorError}
 * @throws {InvalidOptionError} @throws {UnknownOptionError} @throws {AbortedError} @throws {NoAdapterError}
 */
export function sweepGapClosings(rows: ClosingRows, options?: SweepOptions): Promise<ClosingSweep> {
  return sweepClosings(host, rows, options);
}

/**
 * t-SNE (van der Maaten and Hinton 2008; Barnes-Hut: van der Maaten 2014) in two dimensions, with the parameters, defaults
 * and schedule of scikit-learn 1.2's `TSNE`. The same input, options and adapter give the same map.
 * @param x `[n, D]`, at least two points
 * @param options perplexity, learning rate, iterations, start, seed, progress, a signal
 * @throws {PerplexityError} for a perplexity of n or more
 * @throws {TooFewPointsError} below two points
 * @throws {PcaInitError} for points that are all the same, or of one dimension, under `init: 'pca'`
 * @throws {ZeroVectorError} for a zero row under the cosine metric
 * @throws {NonFiniteVectorError} @throws {ShapeError} @throws {InvalidOptionError} @throws {PointScaleError}
 * @throws {DivergedError} where the learning rate is far too large
 * @throws {DeviceLimitError} if the neighbours do not fit, before the first step
 * @throws {AbortedError} @throws {NoAdapterError}
 */
export async function tsne(x: Vectors, options: TsneOptions = {}): Promise<TsneResult> {
  checkOptions('tsne', 'options', options, TSNE_OPTIONS);
  return tsneOn(await shared.get(), x, options);
}

/**
 * Places new points into a map that stays as it is: each by its neighbours among the map's points, independently of the
 * other new points.
 * @param map the map's vectors `[n, D]` with their places `[n, 2]`
 * @param points `[m, D]`
 * @param options metric, perplexity, iterations, learning rate, progress, a signal
 * @throws {ShapeError} unless both have vectors of one length and the map is `[n, 2]`
 * @throws {NonFiniteVectorError} @throws {ZeroVectorError} under the cosine metric
 * @throws {DeviceLimitError} for a map or a perplexity that does not fit, before the first step
 * @throws {InvalidOptionError} @throws {PointScaleError} @throws {DivergedError} @throws {AbortedError}
 * @throws {NoAdapterError}
 */
export async function tsneTransform(
  map: MappedPoints,
  points: Vectors,
  options: TsneTransformOptions = {},
): Promise<TsneTransformResult> {
  checkOptions('tsneTransform', 'options', options, TRANSFORM_OPTIONS);
  return placeOn(await shared.get(), map, points, options);
}

/**
 * Vectors from a .npy file, one a row, as `numpy.save` writes an array `[n, D]`: without ids. Floats of 16, 32 and 64 bits and
 * integers are read, in either byte order, in C and in Fortran order. float64 is rounded to the nearest float32; NaN and
 * infinities stay what they are, and are refused by what computes with them.
 * @param source a path (Node), a URL, or the file's bytes
 * @throws {NpyFormatError} for what is no .npy file @throws {NpyLayoutError} for other element types
 * @throws {ElementRangeError} for a float64 beyond float32, or an integer that no float32 is
 * @throws {NpyLengthError} @throws {NpyShapeError} for an array of other than two axes @throws {HostMemoryError}
 * @throws {FileReadError} @throws {InvalidOptionError} for any other source
 */
export function readNpy(source: string | URL | Blob | Uint8Array): Promise<Vectors> {
  return readFrom({ openFile }, source);
}

/**
 * Vectors from a file, one a row, as `readNpy` takes them: `.npy`, `.npz` (stored or deflated), `.safetensors` (also bfloat16)
 * or `.parquet` (a column of lists of numbers, with ids where there is a column `id`). What a file is, its content says. Of what
 * `export` wrote the ids are read too.
 * @param source a path (Node), a URL, or the file's bytes
 * @param options which of several arrays, tensors or columns is meant
 * @throws {RowsFormatError} for what is none of these, or damaged @throws {RowsNameError} for one of several that is not named
 * @throws {RowLengthError} @throws {RowGapError} @throws {ElementRangeError} @throws {NpyShapeError} @throws {NpyLayoutError}
 * @throws {BiomedClipError} what reading a .npy or a .safetensors throws
 * @throws {FileReadError} @throws {InvalidOptionError} for any other source @throws {UnknownOptionError}
 */
export function readVectors(
  source: string | URL | Blob | Uint8Array,
  options: ReadVectorsOptions = {},
): Promise<Vectors> {
  checkOptions('readVectors', 'options', options, READ_VECTORS_OPTIONS);
  return vectorsFrom({ openFile }, source, options);
}

/** Frees the shared device. The next call opens it again. */
export function releaseGpu(): Promise<void> {
  return shared.release();
}

// Checks keys and callbacks; the other values are checked by the functions that use them.
const WATCHED = { signal: abortSignal, onProgress: callback };
const SIMILARITY_OPTIONS: Shape<SimilarityOptions> = {
  metric: anything,
  topK: anything,
  approximate: anything,
  ...WATCHED,
};
const VECTORS = { ...anything, words: 'vectors: { data, rows, dim }' };
const READ_VECTORS_OPTIONS: Shape<ReadVectorsOptions> = { name: anything };
const SEARCH_INDEX_OPTIONS: Shape<SearchIndexOptions> = {
  dtype: oneOf('f32', 'f16'),
  gpuBytes: integerFrom(0),
};
const SEARCH_ROWS_OPTIONS: Shape<SearchRowsOptions> = {
  name: anything,
  topK: anything,
  pieceRows: integerFrom(1),
  ...WATCHED,
};
const DUPLICATES_OPTIONS: Shape<DuplicatesOptions> = {
  threshold: aNumber,
  b: VECTORS,
  limit: integerFrom(1),
  ...WATCHED,
};
const COMPARE_OPTIONS: Shape<CompareGapsOptions> = {
  pairBy: oneOf('ids', 'rows'),
  resamples: anything,
  permutations: anything,
  seed: anything,
  ...WATCHED,
};
const GAP_OPTIONS: Shape<GapOptions> = { ...COMPARE_OPTIONS, logitScale: anything };
const JUDGED_ROWS: Shape<JudgedRows> = {
  images: VECTORS,
  texts: VECTORS,
  items: anything,
  labels: anything,
  groups: anything,
  queries: anything,
  prompts: anything,
  disturbed: anything,
  logitScale: anything,
};
const ZERO_SHOT_ROWS: Shape<ZeroShotRows> = {
  images: VECTORS,
  labels: anything,
  prompts: VECTORS,
  promptLabels: anything,
  classes: anything,
  groups: anything,
  logitScale: anything,
  logitBias: anything,
};
const EVALUATION_OPTIONS: Shape<EvaluationOptions> = {
  resamples: anything,
  seed: anything,
  bins: anything,
  signal: abortSignal,
};
const PROBE_ROWS: Shape<ProbeRows> = {
  images: VECTORS,
  labels: anything,
  parts: anything,
  classes: anything,
  groups: anything,
};
const LINEAR_PROBE_OPTIONS: Shape<LinearProbeOptions> = {
  ...EVALUATION_OPTIONS,
  regularization: anything,
  iterations: anything,
  onProgress: callback,
};
const NEAREST_PROBE_OPTIONS: Shape<NearestProbeOptions> = {
  ...EVALUATION_OPTIONS,
  k: list,
  vote: anything,
  temperature: anything,
};
const QUALITY_OPTIONS: Shape<QualityOptions> = {
  shapeResamples: anything,
  seed: anything,
  resamples: anything,
  swaps: anything,
  sample: anything,
  noise: anything,
  ...WATCHED,
};
const TRANSFORM_OPTIONS: Shape<TsneTransformOptions> = {
  metric: anything,
  perplexity: anything,
  maxIter: anything,
  learningRate: anything,
  ...WATCHED,
};
const TSNE_OPTIONS: Shape<TsneOptions> = {
  ...TRANSFORM_OPTIONS,
  earlyExaggeration: anything,
  exaggeration: anything,
  nIterWithoutProgress: anything,
  minGradNorm: anything,
  neighbors: anything,
  init: anything,
  seed: anything,
  method: anything,
  angle: anything,
  onIteration: callback,
  snapshotEvery: anything,
  onSnapshot: callback,
};
