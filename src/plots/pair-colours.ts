import { number } from './number.ts';
import { CLASS_HUES, HUES } from './theme.ts';
import { viridisCss } from './viridis.ts';

/** Pairs that share a colour, and their name in the legend. */
export interface ColourGroup {
  readonly colour: string;
  readonly name: string;
  /** Indices of pairs. */
  readonly pairs: readonly number[];
}

const OTHER = '#8a929d';
const DISTANCE_STEPS = 6;

/** Viridis without its ends, which are invisible on a dark or a light background. */
const VISIBLE = { from: 0.12, to: 0.86 };

/**
 * How pairs are coloured: by class where classes are known and shared, the largest first and the rest in grey; else few
 * pairs each in its own hue, and many by the distance within the pair, in steps of equally many pairs.
 */
export function pairColours(
  names: readonly string[],
  distances: ArrayLike<number>,
  classes?: readonly string[],
): { by: 'pair' | 'class' | 'distance'; groups: ColourGroup[] } {
  if (classes && new Set(classes).size < names.length) return { by: 'class', groups: byClass(classes) };
  if (names.length <= HUES.length) return { by: 'pair', groups: names.map((name, i) => ownHue(name, i)) };
  return { by: 'distance', groups: byDistance(distances) };
}

function ownHue(name: string, i: number): ColourGroup {
  return { colour: HUES[i] ?? OTHER, name: `${i + 1} ${name}`, pairs: [i] };
}

/**
 * Each class in its hue, and all that have none together.
 * @param order of all classes there are; default: the largest first
 */
export function byClass(classes: readonly string[], order?: readonly string[]): ColourGroup[] {
  const members = new Map<string, number[]>();
  for (const [i, name] of classes.entries()) members.set(name, [...(members.get(name) ?? []), i]);
  const sorted = [...members].sort(([, a], [, b]) => b.length - a.length);
  const names = new Set([...(order ?? []), ...sorted.map(([name]) => name)]); // none is left out
  const ordered = [...names].map((name) => [name, members.get(name) ?? []] as const);
  const shown = ordered.length <= CLASS_HUES.length ? ordered.length : CLASS_HUES.length - 1;
  const groups = ordered
    .slice(0, shown)
    .map(([name, pairs], i) => ({ colour: CLASS_HUES[i] ?? OTHER, name, pairs }))
    .filter(({ pairs }) => pairs.length > 0);
  const rest = ordered.slice(shown).filter(([, pairs]) => pairs.length > 0);
  if (rest.length === 0) return groups;
  return [
    ...groups,
    { colour: OTHER, name: `${rest.length} smaller groups`, pairs: rest.flatMap(([, pairs]) => pairs) },
  ];
}

function byDistance(distances: ArrayLike<number>): ColourGroup[] {
  const order = Array.from(distances, (_, i) => i).sort((a, b) => (distances[a] ?? 0) - (distances[b] ?? 0));
  return Array.from({ length: DISTANCE_STEPS }, (_, step) => {
    const cut = (part: number) => Math.round((part * order.length) / DISTANCE_STEPS);
    const pairs = order.slice(cut(step), cut(step + 1));
    const at = (i: number | undefined) => number(distances[i ?? 0] ?? Number.NaN);
    const t = VISIBLE.from + ((VISIBLE.to - VISIBLE.from) * step) / (DISTANCE_STEPS - 1);
    return { colour: viridisCss(t), name: `${at(pairs[0])} to ${at(pairs.at(-1))}`, pairs };
  });
}
