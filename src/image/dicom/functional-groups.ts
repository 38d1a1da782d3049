import type { Attributes } from './data-set.ts';
import { tag } from './tags.ts';

/**
 * Where a frame's attributes may stand, first wins: its own functional groups, those that all frames share (PS3.3,
 * C.7.6.16), the data set itself.
 * @param sequence of the functional group
 * @param frame counted from 1
 */
export function placesOf(attributes: Attributes, sequence: string, frame: number): Attributes[] {
  const own = attributes.items(tag.perFrameFunctionalGroups)[frame - 1];
  const [shared] = attributes.items(tag.sharedFunctionalGroups);
  const groups = [own, shared].flatMap((group) => group?.items(sequence)[0] ?? []);
  return [...groups, attributes];
}
