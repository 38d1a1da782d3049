import { isDeepStrictEqual } from 'node:util';
import { DifferentPairsError, MixedClosingsError, SameModelError } from '../errors.ts';
import type { Manifest } from '../manifest.ts';
import { cautionOfRows } from '../provenance.ts';

/** What one of several models' embeddings were made of. */
export interface NamedManifest {
  readonly name: string;
  /** Undefined for rows that no manifest describes. */
  readonly manifest?: Manifest;
}

/**
 * Refuses embeddings that are no comparison of models, and says whose results mean little. Lengths of rows may differ, and
 * ids are compared where the rows are.
 * @throws {SameModelError} @throws {MixedClosingsError} @throws {DifferentPairsError}
 */
export function expectComparable(
  models: readonly NamedManifest[],
  onWarning: (message: string) => void,
): void {
  for (const { name, manifest } of models) {
    const caution = manifest && cautionOfRows(manifest);
    if (caution) onWarning(`${name}: ${caution}`);
  }
  for (const [i, other] of models.entries()) {
    for (const first of models.slice(0, i)) {
      if (isSame(first.manifest, other.manifest)) throw new SameModelError(first.name, other.name);
    }
  }
  const isClosed = ({ manifest }: NamedManifest) => manifest?.closing !== undefined;
  const [open, closed] = [models.filter((model) => !isClosed(model)), models.filter(isClosed)];
  if (open.length > 0 && closed.length > 0) {
    throw new MixedClosingsError(
      open.map(({ name }) => name),
      closed.map(({ name }) => name),
    );
  }
  const [first, ...others] = models;
  for (const other of others) if (first) expectSamePairs(first, other);
}

/** The same checkpoint, weights and pixels; rows of other adapters differ by rounding alone. */
function isSame(a: Manifest | undefined, b: Manifest | undefined): boolean {
  if (!a || !b) return false;
  if (a.fingerprint === undefined || a.fingerprint !== b.fingerprint || a.dtype !== b.dtype) return false;
  return isDeepStrictEqual(a.window, b.window) && isDeepStrictEqual(a.closing, b.closing);
}

/** @throws {DifferentPairsError} for ids of both whose captions or images differ */
function expectSamePairs(first: NamedManifest, other: NamedManifest): void {
  if (!first.manifest || !other.manifest) return;
  const captions = ({ texts }: Manifest) => texts.map(({ id, caption }) => [id, caption] as const);
  const images = ({ images: rows }: Manifest) => rows.map(({ id, sha256 }) => [id, sha256] as const);
  for (const [what, valuesOf] of [
    ['caption', captions],
    ['image', images],
  ] as const) {
    const [mine, theirs] = [byId(valuesOf(first.manifest)), byId(valuesOf(other.manifest))];
    const ids = [...mine.keys()].filter(
      (id) => theirs.has(id) && !isDeepStrictEqual(mine.get(id), theirs.get(id)),
    );
    if (ids.length > 0) throw new DifferentPairsError(first.name, other.name, what, ids);
  }
}

/** The different values of each id; none for an id with a value that is unknown. */
function byId(rows: readonly (readonly [string, string | undefined])[]): Map<string, Set<string>> {
  const values = new Map<string, Set<string>>();
  for (const [id, value] of rows) {
    if (value !== undefined) values.set(id, (values.get(id) ?? new Set()).add(value));
  }
  return values;
}
