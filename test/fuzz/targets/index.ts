import type { Target } from '../target.ts';

/** By families, each with what it imports. */
const FAMILIES = {
  weights: async () => (await import('./weights.ts')).weights,
  models: async () => (await import('./models.ts')).modelFiles,
  rows: async () => (await import('./rows.ts')).rows,
  tables: async () => (await import('./tables.ts')).tables,
  headers: async () => (await import('./headers.ts')).headers,
  decoders: async () => (await import('./decoders.ts')).decoders,
  slides: async () => (await import('./slides.ts')).slides,
} satisfies Record<string, () => Promise<readonly Target[]>>;

export type Family = keyof typeof FAMILIES;

/** The targets of a family. */
export function family(name: Family): Promise<readonly Target[]> {
  return FAMILIES[name]();
}

/** Where all targets are, or those whose names or families begin with one of these. */
export async function targetsNamed(starts: readonly string[]): Promise<{ family: Family; name: string }[]> {
  const families = Object.keys(FAMILIES) as Family[];
  const all = await Promise.all(
    families.map(async (one) => (await family(one)).map(({ name }) => ({ family: one, name }))),
  );
  const fits = (name: string) => starts.some((start) => name.startsWith(start));
  return all.flat().filter((one) => starts.length === 0 || fits(one.name) || fits(one.family));
}
