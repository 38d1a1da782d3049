import { abortSignal, anything, callback, checkOptions, oneOf, type Shape } from './arguments.ts';
import { fitGapClosing } from './closing/fit.ts';
import type { GapClosing } from './closing/gap-closing.ts';
import { loadGapClosing } from './closing/load.ts';
import type { ClosingOptions, ClosingRows } from './closing/options.ts';
import { type ClosingSweep, sweepClosings } from './closing/sweep.ts';
import type { SweepOptions } from './closing/sweep-options.ts';
import { modalityGap } from './metrics/gap/modality-gap.ts';
import type { GapOptions, GapReport } from './metrics/gap/report.ts';
import { embeddingQuality } from './metrics/quality/embedding-quality.ts';
import type { JudgedRows } from './metrics/quality/judged-rows.ts';
import type { QualityOptions, QualityReport } from './metrics/quality/report.ts';
import {
  type SimilarityMatrix,
  type SimilarityOptions,
  type SimilarityTopK,
  similarityMatrix,
} from './metrics/similarity/similarity.ts';
import {
  type MappedPoints,
  type TsneTransformOptions,
  type TsneTransformResult,
  tsneTransform,
} from './metrics/tsne/transform.ts';
import { type TsneOptions, type TsneResult, tsne } from './metrics/tsne/tsne.ts';
import type { Vectors } from './metrics/vectors.ts';
import { DefaultGpu } from './platform/default-gpu.ts';
import type { Platform } from './platform/platform.ts';

/** The metrics on a shared device, which is opened at first use. */
export interface Metrics {
  /**
   * Every row of a `[n, D]` with every row of b `[m, D]`, or with every row of a: the `[n, m]` matrix, or with `topK`
   * the best k of each row, ties by index. In f32; equal rows have distance 0 exactly.
   * @throws {ShapeError} @throws {NonFiniteVectorError} @throws {ZeroVectorError} under `cosine`
   * @throws {MatrixTooLargeError}
   * @throws {HostMemoryError} for more than the host has memory for, before the first step
   * @throws {InvalidOptionError} @throws {DeviceLimitError} @throws {AbortedError} @throws {NoAdapterError}
   */
  similarityMatrix(
    a: Vectors,
    b: Vectors | undefined,
    options: SimilarityOptions & { readonly topK: number },
  ): Promise<SimilarityTopK>;
  similarityMatrix(
    a: Vectors,
    b?: Vectors,
    options?: SimilarityOptions & { readonly topK?: undefined },
  ): Promise<SimilarityMatrix>;
  /**
   * The modality gap of n pairs, image i with text i, in all its statistics, with bootstrap intervals and with random
   * pairings as the baseline.
   * @throws {PairCountError} unless there are as many texts as images, and at least one
   * @throws {HostMemoryError} @throws {DeviceLimitError} for more pairs than fit, before the first step
   * @throws {ShapeError} @throws {NonFiniteVectorError} @throws {ZeroVectorError}
   * @throws {InvalidOptionError} @throws {AbortedError} @throws {NoAdapterError}
   */
  modalityGap(images: Vectors, texts: Vectors, options?: GapOptions): Promise<GapReport>;
  /**
   * How good a joint embedding of n pairs is: the gap that it has, and what search, classification and clustering make of
   * it, with bootstrap intervals; `compareQuality` compares two of the same pairs.
   * @throws {EntryCountError} naming the field that does not fit the images
   * @throws {LabelWithoutPromptError}
   * @throws {HostMemoryError} @throws {DeviceLimitError} for more pairs than fit, before the first step
   * @throws {ShapeError} @throws {NonFiniteVectorError} @throws {ZeroVectorError}
   * @throws {InvalidOptionError} @throws {AbortedError} @throws {NoAdapterError}
   */
  embeddingQuality(rows: JudgedRows, options?: QualityOptions): Promise<QualityReport>;
  /**
   * Fits maps that close the modality gap between images `[n, D]` and texts `[m, D]` of one model, and judges them by folds
   * that they were not fitted on.
   * @throws {FewRowsError} @throws {NoSpreadError} @throws {UnpairedRowsError} for a method that learns from pairs
   * @throws {PairIdsError} @throws {PairCountError} @throws {ClosedToZeroError} @throws {HeadDivergedError}
   * @throws {ShapeError} @throws {NonFiniteVectorError} @throws {ZeroVectorError}
   * @throws {InvalidOptionError} @throws {UnknownOptionError} @throws {AbortedError} @throws {NoAdapterError}
   */
  fitGapClosing(rows: ClosingRows, options?: ClosingOptions): Promise<GapClosing>;
  /**
   * Reads what `GapClosing.save` or `close-gap fit` wrote: a path (Node), a URL, or the file's bytes.
   * @throws {ClosingFileError} @throws {FileReadError} @throws {InvalidOptionError} for any other source
   * @throws {BiomedClipError} for what is no safetensors file
   */
  loadGapClosing(source: string | URL | Blob | Uint8Array): Promise<GapClosing>;
  /**
   * Fits and judges many closings of the same pairs by cross-validation, by new captions and by groups never seen: how far
   * each closes the gap, and what it costs.
   * @throws {PairCountError} @throws {PairIdsError} where rows are no pairs
   * @throws {FewRowsError} @throws {ClosedToZeroError} @throws {HeadDivergedError} @throws {LabelWithoutPromptError}
   * @throws {ShapeError} @throws {NonFiniteVectorError} @throws {ZeroVectorError}
   * @throws {InvalidOptionError} @throws {UnknownOptionError} @throws {AbortedError} @throws {NoAdapterError}
   */
  sweepGapClosings(rows: ClosingRows, options?: SweepOptions): Promise<ClosingSweep>;
  /** t-SNE of x `[n, D]` in two dimensions, with scikit-learn's parameters and defaults: see `tsne` of src/metrics/tsne. */
  tsne(x: Vectors, options?: TsneOptions): Promise<TsneResult>;
  /** Places new points into a map that stays as it is: see `tsneTransform` of src/metrics/tsne. */
  tsneTransform(
    map: MappedPoints,
    points: Vectors,
    options?: TsneTransformOptions,
  ): Promise<TsneTransformResult>;
  /** Frees the shared device. The next call opens it again. */
  releaseGpu(): Promise<void>;
}

export function metricsFor(
  platform: Pick<Platform, 'gpu' | 'availableMemory' | 'openFile' | 'writeFile'>,
): Metrics {
  const shared = new DefaultGpu(platform);
  const host = {
    gpu: () => shared.get(),
    writeFile: platform.writeFile,
    availableMemory: platform.availableMemory,
  };
  async function compare(
    a: Vectors,
    b?: Vectors,
    options: SimilarityOptions = {},
  ): Promise<SimilarityMatrix & SimilarityTopK> {
    checkOptions('similarityMatrix', 'options', options, SIMILARITY_OPTIONS);
    const gpu = await shared.get();
    const result: SimilarityMatrix | SimilarityTopK = await similarityMatrix(gpu, a, b, options, platform);
    return result as SimilarityMatrix & SimilarityTopK; // the overloads of `Metrics` say which
  }
  return {
    similarityMatrix: compare,
    async modalityGap(images, texts, options = {}) {
      checkOptions('modalityGap', 'options', options, GAP_OPTIONS);
      return modalityGap(await shared.get(), images, texts, options, platform);
    },
    async embeddingQuality(rows, options = {}) {
      checkOptions('embeddingQuality', 'rows', rows, JUDGED_ROWS, ['images', 'texts']);
      checkOptions('embeddingQuality', 'options', options, QUALITY_OPTIONS);
      return embeddingQuality(await shared.get(), rows, options, platform);
    },
    fitGapClosing: (rows, options) => fitGapClosing(host, rows, options),
    loadGapClosing: (source) => loadGapClosing(host, platform, source),
    sweepGapClosings: (rows, options) => sweepClosings(host, rows, options),
    async tsne(x, options = {}) {
      checkOptions('tsne', 'options', options, TSNE_OPTIONS);
      return tsne(await shared.get(), x, options);
    },
    async tsneTransform(map, points, options = {}) {
      checkOptions('tsneTransform', 'options', options, TRANSFORM_OPTIONS);
      return tsneTransform(await shared.get(), map, points, options);
    },
    releaseGpu: () => shared.release(),
  };
}

// Checks keys and callbacks; the other values are checked by the functions that use them.
const WATCHED = { signal: abortSignal, onProgress: callback };
const SIMILARITY_OPTIONS: Shape<SimilarityOptions> = { metric: anything, topK: anything, ...WATCHED };
const GAP_OPTIONS: Shape<GapOptions> = {
  pairBy: oneOf('ids', 'rows'),
  logitScale: anything,
  resamples: anything,
  permutations: anything,
  seed: anything,
  ...WATCHED,
};
const VECTORS = { ...anything, words: 'vectors: { data, rows, dim }' };
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
  nIterWithoutProgress: anything,
  minGradNorm: anything,
  init: anything,
  seed: anything,
  method: anything,
  angle: anything,
  onIteration: callback,
  snapshotEvery: anything,
  onSnapshot: callback,
};
