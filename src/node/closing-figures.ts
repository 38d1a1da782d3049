import type { ClosingSweep, SweepPoint, SweptSplit } from '../closing/sweep.ts';
import { isFreeHead } from '../closing/sweep-settings.ts';
import type { Figure, TitleOption } from '../plots/chart.ts';
import { closingFront } from '../plots/closing-front.ts';
import { type TemperaturePoint, temperatureSweep } from '../plots/temperature-sweep.ts';

/** The pictures of a sweep: the front where labels are known, and the temperature where heads were trained. */
export function closingFigures(
  sweep: ClosingSweep,
  options: TitleOption = {},
): { front?: Figure; temperature?: Figure } {
  const [front, temperature] = [frontOf(sweep, options), temperatureOf(sweep, options)];
  return { ...(front && { front }), ...(temperature && { temperature }) };
}

/** Zero-shot accuracy where there are prompts, else the mean recall@10 of both directions. */
function frontOf({ splits }: ClosingSweep, options: TitleOption): Figure | undefined {
  const points = splits.flatMap((split) => split.points);
  if (points.length === 0 || points.some(({ measures }) => measures.meanAveragePrecision === undefined)) {
    return undefined;
  }
  const prompted = points.every(({ measures }) => measures['zeroShot.accuracy'] !== undefined);
  const keptOf = ({ measures }: SweepPoint) =>
    (prompted
      ? measures['zeroShot.accuracy']
      : ((measures['retrieval.imageToText.recallAt10'] ?? Number.NaN) +
          (measures['retrieval.textToImage.recallAt10'] ?? Number.NaN)) /
        2) ?? Number.NaN;
  const pointOf = (point: SweepPoint) => ({
    method: point.method,
    strength: point.strength,
    scale: scaleOf(point),
    identity: point.head?.identity,
    precision: point.measures.meanAveragePrecision ?? Number.NaN,
    kept: keptOf(point),
  });
  return closingFront({
    ...options,
    kept: prompted ? 'zero-shot accuracy' : 'recall@10',
    panels: splits.map((split) => ({ of: split.of, points: split.points.map(pointOf) })),
  });
}

function temperatureOf({ splits }: ClosingSweep, options: TitleOption): Figure | undefined {
  const [captions, groups] = (['captions', 'groups'] as const).map((of) =>
    temperaturesOf(splits.find((split) => split.of === of)),
  );
  const before = splits[0]?.points.find(({ method, strength }) => method === 'shift' && strength === 0);
  const raw = before?.measures.distributionGap;
  if (!captions || captions.length < 2 || raw === undefined) return undefined;
  return temperatureSweep({ ...options, captions, groups: groups?.length ? groups : undefined, before: raw });
}

function temperaturesOf(split: SweptSplit | undefined): TemperaturePoint[] | undefined {
  return split?.points.filter(isFreeHead).flatMap((point) => {
    const { distributionGap, 'distributionGap.floor': floor } = point.measures;
    const scale = scaleOf(point);
    return scale === undefined || distributionGap === undefined ? [] : [{ scale, distributionGap, floor }];
  });
}

/** A schedule has no one scale. */
function scaleOf({ head }: SweepPoint): number | undefined {
  return typeof head?.scale === 'number' ? head.scale : undefined;
}
