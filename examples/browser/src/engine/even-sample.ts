/** At most `limit` of the given, evenly among them and in their order. */
export function evenSample(of: readonly number[], limit: number): readonly number[] {
  if (of.length <= limit) return of;
  return Array.from({ length: limit }, (_, i) => of[Math.floor(((i + 0.5) * of.length) / limit)] ?? 0);
}
