import { shown } from '../parts/number.ts';
import { type Point, partnerOf } from '../session/points.ts';
import { neighbours } from './focus.ts';
import { pointName } from './pairs.ts';
import { selectedPoints } from './selection.ts';
import { session } from './session.ts';

/** Nearest of each modality that are named: what can be heard in one go. */
const NAMED = 2;

/** A point for a screen reader: what it is, its partner and how far that is, and once they are known what is nearest. */
export function heardOf(point: Point): string {
  const { modality, pair } = point;
  const label = session.pairs.value[pair]?.label;
  const partner = partnerOf(point);
  const near = neighbours.value;
  return [
    `${modality}: ${pointName(point)}${label ? `, label ${label}` : ''}${selectedPoints.value.has(point) ? ', selected' : ''}`,
    `its ${partner.modality}: ${pointName(partner)}, at distance ${shown(session.distances.value[pair])}`,
    ...(near && !neighbours.pending
      ? [
          `nearest images: ${namesOf(near.images.map((one) => one.point))}`,
          `nearest texts: ${namesOf(near.texts.map((one) => one.point))}`,
        ]
      : []),
  ].join('; ');
}

function namesOf(points: readonly Point[]): string {
  return points.slice(0, NAMED).map(pointName).join(', ') || 'none';
}
