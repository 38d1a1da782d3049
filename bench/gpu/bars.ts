/** What a figure has to reach, and whether it did. */
export interface Bar {
  readonly name: string;
  readonly atLeast: number;
  readonly unit: 'x' | '%';
  readonly verdict: 'reached' | 'missed' | 'not measured';
  /** The lowest of the figures. */
  readonly figure?: number;
  /** What it is the figure of, such as a batch. */
  readonly at?: string;
  /** Of a missed one. */
  readonly missedBy?: number;
  /** Of one that was not measured. */
  readonly why?: string;
}

export interface Figure {
  readonly at: string;
  readonly value: number;
}

/**
 * Judges a bar by the lowest of its figures. Figures that are no numbers are none.
 * @param why what to say without any
 */
export function judge(
  { name, atLeast, unit }: Pick<Bar, 'name' | 'atLeast' | 'unit'>,
  figures: readonly Figure[],
  why: string,
): Bar {
  const bar = { name, atLeast, unit };
  const [lowest] = figures
    .filter(({ value }) => Number.isFinite(value))
    .toSorted((a, b) => a.value - b.value);
  if (!lowest) return { ...bar, verdict: 'not measured', why };
  const found = { figure: lowest.value, at: lowest.at };
  if (lowest.value >= atLeast) return { ...bar, verdict: 'reached', ...found };
  return { ...bar, verdict: 'missed', ...found, missedBy: atLeast - lowest.value };
}

/** The verdict in words. */
export function verdictText({ verdict, unit, missedBy, why }: Bar): string {
  if (verdict === 'missed' && missedBy !== undefined)
    return `missed by ${unit === 'x' ? amount(missedBy, unit) : `${missedBy.toFixed(1)} points`}`;
  return verdict === 'not measured' ? `not measured: ${why}` : verdict;
}

/** A ratio such as 1.50 x, or a share such as 60.0 %. */
export function amount(value: number, unit: Bar['unit']): string {
  return unit === 'x' ? `${value.toFixed(2)} x` : `${value.toFixed(1)} %`;
}
