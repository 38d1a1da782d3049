/** What both entries, Node's and the browser's, export besides `BiomedClip`. */

export * from '../weights/errors.ts';
export { ARCHIVE_ENDINGS, isArchiveName } from './archives/archive.ts';
export * from './archives/errors.ts';
export type { Pair, PairOptions, PairSet, PairSource } from './archives/open-pairs.ts';
export * from './closing/errors.ts';
export type { GapClosing } from './closing/gap-closing.ts';
export * from './closing/head/errors.ts';
export type { HeadOptions, HeadScale } from './closing/head/options.ts';
export type { ClosingOptions, ClosingProgress, ClosingRows } from './closing/options.ts';
export type { ClosingSweep, SweepPoint, SweptSplit } from './closing/sweep.ts';
export type { SweepMeasureName, SweepMeasures } from './closing/sweep-fold.ts';
export type { SweepOptions, SweepProgress } from './closing/sweep-options.ts';
export type { SweepSetting } from './closing/sweep-settings.ts';
export type {
  AffineMap,
  ClosingMaps,
  ClosingMethod,
  ClosingReport,
  HeldOutMeasure,
  HeldOutReport,
  LinearMap,
} from './closing-data.ts';
export type { DeviceInfo, OptionalFeature, SubgroupMatrix } from './device/adapter.ts';
export * from './device/errors.ts';
export type { Toggle } from './device/toggles.ts';
export { type Embeddings, type TokenStates, tokensOf } from './embeddings.ts';
export {
  AbortedError,
  BiomedClipError,
  DestroyedError,
  InvalidOptionError,
  ShapeError,
  UnknownOptionError,
} from './errors.ts';
export * from './hub/errors.ts';
export type { ImagePlane } from './image/decode-options.ts';
export * from './image/errors.ts';
export type { ImageReader, ImageSource, ImageWindow, PixelSource, WindowChoice } from './image/source.ts';
export { classificationMetrics } from './metrics/evaluation/classification.ts';
export * from './metrics/evaluation/errors.ts';
export type { LinearProbe, LinearProbeOptions, ProbeProgress } from './metrics/evaluation/linear-probe.ts';
export type { NearestProbe, NearestProbeOptions } from './metrics/evaluation/nearest-probe.ts';
export type { ProbeRows } from './metrics/evaluation/probe-rows.ts';
export { averagePrompts } from './metrics/evaluation/prompts.ts';
export {
  CLASSIFICATION_MEASURES,
  type ClassificationMeasure,
  type ClassificationMeasureName,
  type ClassificationReport,
  type ClassMeasures,
  type EvaluationOptions,
  type ReliabilityBin,
  type ScoredItems,
} from './metrics/evaluation/report.ts';
export { type ItemPart, type SplitItems, type SplitOptions, splitItems } from './metrics/evaluation/split.ts';
export type { ZeroShotRows } from './metrics/evaluation/zero-shot.ts';
export type { GapDimensions } from './metrics/gap/centroids.ts';
export type {
  CompareGapsOptions,
  CompareGapsProgress,
  GapComparison,
  GapDifference,
  MeasuredModel,
  ModelAgreement,
  ModelDifferences,
} from './metrics/gap/compare.ts';
export type { ComparedModel } from './metrics/gap/compared-pairs.ts';
export {
  COMPARED_STATISTICS,
  type ComparedStatistic,
  type ComparedStatisticName,
  type ModelGeometry,
} from './metrics/gap/compared-statistics.ts';
export * from './metrics/gap/errors.ts';
export type { Baseline, Estimate, PairedEstimate } from './metrics/gap/estimate.ts';
export type { KernelAlignment } from './metrics/gap/kernel-alignment.ts';
export type { PairBy } from './metrics/gap/pairing.ts';
export {
  GAP_STATISTICS,
  type GapOptions,
  type GapProgress,
  type GapReport,
  type GapStatistic,
  type GapStatisticName,
} from './metrics/gap/report.ts';
export type { Retrieval } from './metrics/gap/retrieval.ts';
export { type ShiftedModalities, type ShiftOptions, shiftModalities } from './metrics/gap/shift.ts';
export type { SpectralAlignment } from './metrics/gap/spectral-alignment.ts';
export { gapCsv } from './metrics/gap/table.ts';
export type { NeighborSearch } from './metrics/neighbours/approximate.ts';
export * from './metrics/neighbours/errors.ts';
export { compareQuality, type QualityDifference } from './metrics/quality/compare.ts';
export * from './metrics/quality/errors.ts';
export type { JudgedRows, RowLabel } from './metrics/quality/judged-rows.ts';
export {
  QUALITY_MEASURES,
  type QualityEstimate,
  type QualityMeasure,
  type QualityMeasureName,
  type QualityOptions,
  type QualityProgress,
  type QualityRecall,
  type QualityReport,
} from './metrics/quality/report.ts';
export { disturbedRows } from './metrics/quality/zero-shot.ts';
export type { DuplicatePair } from './metrics/search/duplicate-pass.ts';
export type { DuplicatesOptions, DuplicatesProgress } from './metrics/search/duplicates.ts';
export * from './metrics/search/errors.ts';
export type {
  AddedRows,
  QueryOptions,
  QueryProgress,
  SearchHit,
  SearchIndex,
  SearchIndexOptions,
} from './metrics/search/search-index.ts';
export type { SearchRowsOptions, SearchRowsProgress } from './metrics/search/search-rows.ts';
export * from './metrics/similarity/errors.ts';
export type {
  SimilarityMatrix,
  SimilarityMetric,
  SimilarityOptions,
  SimilarityProgress,
  SimilarityTopK,
} from './metrics/similarity/similarity.ts';
export * from './metrics/tsne/errors.ts';
export type { MappedPoints, TsneTransformOptions, TsneTransformResult } from './metrics/tsne/transform.ts';
export type {
  TsneInit,
  TsneIteration,
  TsneLearningRate,
  TsneMethod,
  TsneMetric,
  TsneNeighbors,
  TsneOptions,
  TsneProgress,
  TsneResult,
  TsneSnapshot,
} from './metrics/tsne/tsne.ts';
export {
  NonFiniteVectorError,
  selectRows,
  stackRows,
  type Vectors,
  ZeroVectorError,
} from './metrics/vectors.ts';
export * from './model/errors.ts';
export * from './npy/errors.ts';
export { npyBytes } from './npy/vectors.ts';
export * from './platform/errors.ts';
export { HostMemoryError } from './platform/host-memory.ts';
export * from './rows-files/errors.ts';
export type { RawRows, RowsFileSource } from './rows-files/open-rows.ts';
export type { ReadVectorsOptions } from './rows-files/vectors.ts';
export * from './slides/errors.ts';
export type { Slide, SlideLevel, SlideTile, TileOptions, TissueTile } from './slides/slide.ts';
export type { ColumnNames, ColumnRole } from './tables/columns.ts';
export * from './tables/errors.ts';
export * from './text/errors.ts';
