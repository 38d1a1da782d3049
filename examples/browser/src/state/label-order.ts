/** The largest class first; within a class, and classes of one size, as they are given. */
export function classesTogether(pairs: readonly number[], labelOf: (pair: number) => string): number[] {
  const classes = new Map<string, number[]>();
  for (const pair of pairs) {
    const label = labelOf(pair);
    const members = classes.get(label);
    if (members) members.push(pair);
    else classes.set(label, [pair]);
  }
  return [...classes.values()].sort((a, b) => b.length - a.length).flat();
}
