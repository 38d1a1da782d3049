/** What both entries, Node's and the browser's, export besides `BiomedClip`. */

export * from '../weights/errors.ts';
export type { DeviceInfo, OptionalFeature } from './device/adapter.ts';
export * from './device/errors.ts';
export type { Toggle } from './device/toggles.ts';
export { type Embeddings, type TokenStates, tokensOf } from './embeddings.ts';
export * from './errors.ts';
export * from './file-errors.ts';
export { HostMemoryError } from './host-memory.ts';
export * from './image/errors.ts';
export type { ImageReader, ImageSource, ImageWindow, WindowChoice } from './image/source.ts';
export * from './input-errors.ts';
export type { GapDimensions } from './metrics/gap/dimensions.ts';
export * from './metrics/gap/errors.ts';
export type { Baseline, Estimate, PairedEstimate } from './metrics/gap/estimate.ts';
export type { GapOptions, GapProgress, GapReport } from './metrics/gap/gap-report.ts';
export type { Retrieval } from './metrics/gap/retrieval.ts';
export { type ShiftedModalities, type ShiftOptions, shiftModalities } from './metrics/gap/shift.ts';
export type {
  SimilarityMatrix,
  SimilarityMetric,
  SimilarityOptions,
  SimilarityProgress,
  SimilarityTopK,
} from './metrics/similarity.ts';
export * from './metrics/similarity-errors.ts';
export * from './metrics/tsne/errors.ts';
export type {
  TsneInit,
  TsneIteration,
  TsneMethod,
  TsneMetric,
  TsneOptions,
  TsneProgress,
  TsneResult,
  TsneSnapshot,
} from './metrics/tsne.ts';
export type { MappedPoints, TsneTransformOptions, TsneTransformResult } from './metrics/tsne-transform.ts';
export type { Vectors } from './metrics/vectors.ts';
export * from './text/errors.ts';
