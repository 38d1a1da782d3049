import type { Setting } from './judge.ts';

const head = (name: string, scale: number, more: Setting['head'] = {}): Setting => ({
  name,
  fit: { method: 'head' },
  head: { scale, identity: 0, ...more },
});

/** The rows of the tables. */
export const SETTINGS: readonly Setting[] = [
  { name: 'none' },
  { name: 'shift 1', fit: { method: 'shift', strength: 1 } },
  { name: 'centring', fit: { method: 'center' } },
  { name: 'standardise', fit: { method: 'standardise' } },
  { name: 'ReAlign', fit: { method: 'realign' } },
  { name: 'transport 0.25', fit: { method: 'transport', strength: 0.25 } },
  { name: 'transport 1', fit: { method: 'transport', strength: 1 } },
  { name: 'reciprocal 1', fit: { method: 'reciprocal', strength: 1 } },
  { name: 'local 0.25', fit: { method: 'local', strength: 0.25 } },
  { name: 'local 0.5', fit: { method: 'local', strength: 0.5 } },
  { name: 'local 0.75', fit: { method: 'local', strength: 0.75 } },
  { name: 'local 1', fit: { method: 'local', strength: 1 } },
  { name: 'auto', fit: 'auto' },
  { name: 'Procrustes', fit: { method: 'procrustes' } },
  { name: 'ridge', fit: { method: 'ridge' } },
  { name: 'CCA', fit: { method: 'cca' } },
  head('head, scale 10', 10),
  head('head, scale 5', 5),
  head('head, scale 10, identity 0.1', 10, { identity: 0.1 }),
  head('head, scale 5, identity 0.03', 5, { identity: 0.03 }),
  head('head, scale 10, ModGap', 10, { modGap: 1 }),
];

/** The same loss at other logit scales. */
export const TEMPERATURES: readonly Setting[] = [85, 40, 20, 10, 5].map((scale) =>
  head(`scale ${scale}`, scale),
);

/** What is fitted on few pairs. */
export const FEW: readonly Setting[] = SETTINGS.filter(({ name }) =>
  ['centring', 'transport 0.25', 'reciprocal 1', 'local 0.5', 'CCA', 'head, scale 10, identity 0.1'].includes(
    name,
  ),
);
