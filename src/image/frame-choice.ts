/** Which pictures of a file are meant: all, the first, the middle one, or numbers and ranges of them. */
export type FrameChoice = 'all' | 'first' | 'middle' | readonly FrameRange[];

/** From `first` to `last`, both included, counted from 1; without `last` to the end. */
export interface FrameRange {
  readonly first: number;
  readonly last?: number;
  readonly step: number;
}

/** Reads `all`, `first`, `middle`, or such as `1,4-9,20-:5`; undefined for anything else. */
export function frameChoice(text: string): FrameChoice | undefined {
  if (text === 'all' || text === 'first' || text === 'middle') return text;
  const ranges = text.split(',').map(rangeOf);
  return ranges.every((range) => range !== undefined) ? ranges : undefined;
}

function rangeOf(text: string): FrameRange | undefined {
  const [, from, dash, to, by] = /^\s*(\d{1,9})(-(\d{1,9})?(?::(\d{1,9}))?)?\s*$/.exec(text) ?? [];
  const [first, step] = [Number(from), Number(by ?? 1)];
  const last = dash === undefined ? first : to === undefined ? undefined : Number(to);
  if (!(first >= 1 && step >= 1 && (last === undefined || last >= first))) return undefined;
  return { first, last, step };
}

/**
 * The numbers of the pictures that are meant, each once, in the file's order.
 * @param frames how many the file has, at least 1
 */
export function framesOf(choice: FrameChoice, frames: number): number[] | { readonly beyond: number } {
  if (choice === 'first') return [1];
  if (choice === 'middle') return [Math.floor((frames + 2) / 2)];
  const ranges = choice === 'all' ? [{ first: 1, step: 1 }] : choice;
  const meant = new Set<number>();
  for (const { first, last = frames, step } of ranges) {
    if (Math.max(first, last) > frames) return { beyond: Math.max(first, last) };
    for (let frame = first; frame <= last; frame += step) meant.add(frame);
  }
  return [...meant].sort((a, b) => a - b);
}
