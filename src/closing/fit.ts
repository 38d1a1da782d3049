import { version } from '../../package.json';
import type { ClosingReport } from '../closing-data.ts';
import { throwIfAborted } from '../errors.ts';
import { chooseMethod } from './choose-method.ts';
import { type ClosingHost, FittedClosing, type GapClosing } from './gap-closing.ts';
import { judgeHeldOut } from './held-out.ts';
import { expectSpread, fitMaps, type HeadFitOptions } from './methods.ts';
import { type ClosingOptions, type ClosingRows, checkClosingOptions, checkClosingRows } from './options.ts';
import { judgedSample, matchRows } from './pairing.ts';
import type { Sample } from './sample.ts';
import { closingWarnings } from './warnings.ts';

const FOLDS = 5;

/**
 * Fits maps that close the modality gap between images `[n, D]` and texts `[m, D]` of one model, and judges them by folds
 * that they were not fitted on. Held-out figures need pairs, and so do `cca`, `head`, `procrustes` and `ridge`.
 * Products of all rows run on the GPU in f32, the decompositions on the host in double precision.
 * @throws {FewRowsError} @throws {NoSpreadError} @throws {UnpairedRowsError} @throws {ClosedToZeroError}
 * @throws {PairIdsError} where the ids of some rows correspond and those of others do not
 * @throws {PairCountError} where `pairBy` says that rows are pairs, and there are more of one modality
 * @throws {ShapeError} @throws {NonFiniteVectorError} @throws {ZeroVectorError}
 * @throws {InvalidOptionError} @throws {UnknownOptionError} @throws {HeadDivergedError} @throws {AbortedError}
 */
export async function fitGapClosing(
  host: ClosingHost,
  rows: ClosingRows,
  options: ClosingOptions = {},
): Promise<GapClosing> {
  checkClosingRows('fitGapClosing', rows);
  const { images, texts } = rows;
  checkClosingOptions(options, images.rows);
  const { seed = 0, folds = FOLDS, signal, onProgress } = options;
  throwIfAborted(signal);
  const matched = matchRows(images, texts, options.pairBy);
  expectSpread(matched);
  const gpu = await host.gpu();
  const sample = judgedSample(matched, options);
  const { chosen, maps: known } = await chooseMethod(gpu, sample, options);
  const { head } = options;
  const fitted = (rows: Sample, onTraining?: HeadFitOptions['onTraining']) =>
    fitMaps(gpu, rows, chosen, { head, seed, signal, onTraining });
  onProgress?.({ stage: 'fitting', done: 0, total: 1 });
  const onTraining: HeadFitOptions['onTraining'] = ({ step: done, steps: total, losses }) =>
    onProgress?.({ stage: 'training', done, total, losses });
  const maps = known ?? (await fitted(sample, onTraining));
  onProgress?.({ stage: 'fitting', done: 1, total: 1 });
  const heldOut =
    matched.paired && folds > 0
      ? await judgeHeldOut(gpu, sample, fitted, {
          folds,
          seed,
          signal,
          onFold: (done, total) => onProgress?.({ stage: 'judging', done, total }),
        })
      : undefined;
  const groups = options.groups && new Set(options.groups).size;
  const report: ClosingReport = {
    ...chosen,
    seed,
    rows: { images: images.rows, texts: texts.rows },
    pairedBy: matched.pairedBy,
    groups,
    dim: images.dim,
    outDim: maps.images.outDim,
    shrinkage: maps.shrinkage,
    warnings: closingWarnings({
      ...chosen,
      rows: Math.min(matched.images.rows, matched.texts.rows),
      dim: images.dim,
      groups,
      judged: !matched.paired || folds === 0 || heldOut !== undefined,
    }),
    heldOut: heldOut?.report,
    logitScale: heldOut?.logitScale,
    fingerprint: options.model?.fingerprint,
    version,
  };
  return new FittedClosing({ images: maps.images, texts: maps.texts }, report, host);
}
