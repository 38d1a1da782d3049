import { BiomedClipError, InvalidOptionError } from '../../errors.ts';
import { checkVectors, type Vectors } from '../vectors.ts';
import { ComparedModelError, ComparedPairsError } from './errors.ts';
import { readGapOptions } from './modality-gap.ts';
import { type PairBy, type Pairs, pairRows, readPairs } from './pairing.ts';

/** One model's embeddings of the pairs. */
export interface ComparedModel {
  /** For the report; no two models have the same. */
  readonly name: string;
  /** `[n, D]`; D may be another for each model. */
  readonly images: Vectors;
  /** `[n, D]` */
  readonly texts: Vectors;
  /** The model's exp(logit_scale), such as `model.info.logitScale`. Default: none, and no `logitEntropy`. */
  readonly logitScale?: number;
}

export interface ModelPairs {
  readonly model: ComparedModel;
  readonly pairs: Pairs;
}

/**
 * The models' pairs in the order of the first model's.
 * @throws {InvalidOptionError} @throws {ComparedModelError} @throws {ComparedPairsError}
 */
export function samePairs(models: readonly ComparedModel[], pairBy: PairBy | undefined): ModelPairs[] {
  expectNames(models);
  const named = models.map((model) => ({ model, ...namedPairs(model, pairBy) }));
  return named.map(({ model, pairs, ids }) => {
    const [first] = named;
    if (!first || first.model === model) return { model, pairs };
    const order = orderLike(first, { model, pairs, ids });
    return { model, pairs: order ? reordered(pairs, order, first.pairs) : pairs };
  });
}

function expectNames(models: readonly ComparedModel[]): void {
  if (!Array.isArray(models) || models.length < 2) {
    throw new InvalidOptionError('models', 'an array of at least two models', models);
  }
  for (const [i, model] of (models as readonly ComparedModel[]).entries()) {
    const name: unknown = model?.name;
    if (typeof name !== 'string' || name === '') {
      throw new InvalidOptionError(`models[${i}].name`, 'a name', name);
    }
    if (models.slice(0, i).some((other) => other.name === name)) {
      throw new InvalidOptionError(`models[${i}].name`, 'a name that no other model has', name);
    }
  }
}

/** @throws {ComparedModelError} */
function namedPairs({ name, images, texts, logitScale }: ComparedModel, pairBy: PairBy | undefined) {
  try {
    readGapOptions({ logitScale });
    checkVectors('compareGaps', 'images', images);
    const pairs = readPairs(images, texts, pairBy);
    const rows = pairRows(images, texts, pairBy).images;
    const ids = pairs.pairedBy === 'ids' ? rows.map((row) => images.ids?.[row] ?? '') : undefined;
    return { pairs, ids };
  } catch (cause) {
    if (!(cause instanceof BiomedClipError)) throw cause;
    throw new ComparedModelError(name, cause);
  }
}

interface NamedPairs extends ModelPairs {
  readonly ids: readonly string[] | undefined;
}

/**
 * Where the pairs of the first model are among another's: of an id that repeats, one after the other. Undefined where no ids
 * say so, and pair i is pair i.
 * @throws {ComparedPairsError}
 */
function orderLike(first: NamedPairs, other: NamedPairs): number[] | undefined {
  if (!first.ids || !other.ids) {
    if (first.pairs.n === other.pairs.n && !first.ids === !other.ids) return undefined;
    throw new ComparedPairsError(first.model.name, other.model.name, countsOf(first, other));
  }
  const places = new Map<string, number[]>();
  for (const [place, id] of other.ids.entries()) places.set(id, [...(places.get(id) ?? []), place]);
  const missing: string[] = [];
  const order = first.ids.map((id) => {
    const place = places.get(id)?.shift();
    if (place === undefined) missing.push(id);
    return place ?? 0;
  });
  const extra = [...places].flatMap(([id, left]) => left.map(() => id));
  if (missing.length + extra.length > 0) {
    throw new ComparedPairsError(first.model.name, other.model.name, { missing, extra });
  }
  return order;
}

function countsOf(first: NamedPairs, other: NamedPairs) {
  const told = ({ ids, pairs }: NamedPairs) => `${pairs.n} pairs ${ids ? 'with' : 'without'} ids`;
  return { counts: [told(first), told(other)] as const };
}

function reordered(pairs: Pairs, order: readonly number[], like: Pairs): Pairs {
  const { dim } = pairs;
  const rows = (from: Float64Array) => {
    const out = new Float64Array(from.length);
    for (const [to, place] of order.entries())
      out.set(from.subarray(place * dim, (place + 1) * dim), to * dim);
    return out;
  };
  return { ...pairs, images: rows(pairs.images), texts: rows(pairs.texts), items: like.items };
}
