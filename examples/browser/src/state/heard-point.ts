import { shown } from '../parts/number.ts';
import { type Point, partnerOf } from '../session/points.ts';
import { neighbours } from './focus.ts';
import { pointName } from './pairs.ts';
import { selectedPoints } from './selection.ts';
import { session } from './session.ts';

/** Nearest of each modality that are named: what can be heard in one go. */
const NAMED = 2;

/** A point for a screen reader: what it is, its partner and how far that is. */
export function heardOf(point: Point): string {
  const { modality, pair } = point;
  const label = session.pairs.value[pair]?.label;
  const partner = partnerOf(point);
  return [
    `${modality}: ${pointName(point)}${label ? `, label ${label}` : ''}${selectedPoints.value.has(point) ? ', selected' : ''}`,
    `its ${partner.modality}: ${pointName(partner)}, at distance ${shown(session.distances.value[pair])}`,
  ].join('; ');
}

/** What is nearest to the focused point, once it is known: said after the point, which is not said again. */
export function neighboursHeard(): string {
  const near = neighbours.value;
  if (!near || neighbours.pending) return '';
  const [images, texts] = [near.images, near.texts].map((found) => namesOf(found.map(({ point }) => point)));
  return `nearest images: ${images}; nearest texts: ${texts}`;
}

function namesOf(points: readonly Point[]): string {
  return points.slice(0, NAMED).map(pointName).join(', ') || 'none';
}
