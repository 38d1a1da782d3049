import { cosineLimits } from '../engine/cosine-limits.ts';
import { denseRegions } from '../engine/dense-regions.ts';
import type { Measured } from '../engine/engine.ts';
import { NEIGHBOURS, SAME_IMAGE } from '../engine/pair-limits.ts';
import { orderOf, reordered } from '../engine/pair-order.ts';
import type {
  CosineMatrix,
  Figures,
  GapReport,
  MapOptions,
  MapRegions,
  MapStep,
  Neighbours,
  PairFigures,
  PairOrder,
  PairVectors,
  PlacedPoints,
  PrincipalMap,
} from '../engine/types.ts';
import { isSame, type Point, pointOfRow, rowOf } from '../session/points.ts';
import { floatsOf, type Recording } from './recording.ts';

const WHOLE_MAP = 1000;

/** What the page asks, answered from a recording, and by plain arithmetic on its few rows. What needs a GPU is refused. */
export class RecordedEngine {
  readonly vectors: PairVectors;
  readonly #cosines: Float64Array;
  readonly #n: number;

  constructor(private readonly recording: Recording) {
    const { ids, dim } = recording;
    const rows = (base64: string) => ({ data: floatsOf(base64), rows: ids.length, dim });
    this.vectors = { images: rows(recording.images), texts: rows(recording.texts) };
    this.#n = ids.length;
    this.#cosines = allCosines(this.vectors);
  }

  takeUp(): void {}
  cancel(): void {}
  pauseMap(): void {}
  resumeMap(): void {}

  async principalMap(): Promise<PrincipalMap> {
    const { embedding, explained } = this.recording.principal;
    return { embedding: floatsOf(embedding), explained };
  }

  async map(_: MapOptions, onStep: (step: MapStep) => unknown): Promise<void> {
    const { map, klDivergence } = this.recording;
    await onStep({ iteration: WHOLE_MAP, klDivergence, embedding: floatsOf(map) });
  }

  regions(points: PlacedPoints): MapRegions {
    return denseRegions(points);
  }

  async figures(of: Measured): Promise<Figures> {
    if (of === 'shown') throw refusal();
    return this.recording.figures;
  }

  async gap(of: Measured): Promise<GapReport> {
    if (of === 'shown') throw refusal();
    const { gapVector, ...report } = this.recording.gap;
    return { ...report, gapVector: Float64Array.from(gapVector) };
  }

  async cosines(pairs: readonly number[], order: PairOrder): Promise<CosineMatrix> {
    const rows = [...pairs, ...pairs.map((pair) => this.#n + pair)];
    const values = Float32Array.from(rows.flatMap((row) => rows.map((other) => this.#cosine(row, other))));
    const limits = cosineLimits(Float32Array.from(this.#cosines), 2 * this.#n);
    if (order === 'given') return { pairs, values, limits };
    const places = orderOf(values, pairs.length, order);
    return { pairs: places.map((at) => pairs[at] ?? 0), values: reordered(values, places), limits };
  }

  async neighbours(point: Point, k: number): Promise<Neighbours> {
    const nearest = (first: number) =>
      this.#sorted(rowOf(point, this.#n), first)
        .map(({ row, cosine }) => ({ point: pointOfRow(row, this.#n), cosine }))
        .filter((one) => !isSame(one.point, point))
        .slice(0, k);
    return { images: nearest(0), texts: nearest(this.#n) };
  }

  async pairFigures(): Promise<PairFigures> {
    const pairs = Array.from({ length: this.#n }, (_, pair) => pair);
    const n = this.#n;
    const own = (pair: number) => this.#cosine(pair, n + pair);
    const beats = (cosine: number, pair: number) => cosine > own(pair) + 1e-7;
    const others = (pair: number, first: number) => pairs.filter((other) => first + other !== pair);
    const remoteness = (row: number, first: number) => {
      const near = this.#sorted(row, first)
        .filter((one) => one.row !== row)
        .slice(0, NEIGHBOURS);
      return near.reduce((sum, { cosine }) => sum + 1 - cosine, 0) / (near.length || 1);
    };
    return {
      cosine: Float32Array.from(pairs, own),
      captionRank: Uint32Array.from(
        pairs,
        (pair) => 1 + pairs.filter((other) => beats(this.#cosine(pair, n + other), pair)).length,
      ),
      imageRank: Uint32Array.from(
        pairs,
        (pair) => 1 + pairs.filter((other) => beats(this.#cosine(n + pair, other), pair)).length,
      ),
      beatingCaption: Int32Array.from(pairs, (pair) => {
        const [best] = this.#sorted(pair, n);
        return best && beats(best.cosine, pair) ? best.row - n : -1;
      }),
      imageDistance: Float32Array.from(pairs, (pair) => remoteness(pair, 0)),
      captionDistance: Float32Array.from(pairs, (pair) => remoteness(n + pair, n)),
      twins: Int32Array.from(
        pairs,
        (pair) => others(pair, 0).find((other) => this.#cosine(pair, other) >= SAME_IMAGE) ?? -1,
      ),
    };
  }

  /** The rows of a modality, the nearest to a row first. */
  #sorted(row: number, first: number) {
    return Array.from({ length: this.#n }, (_, i) => ({
      row: first + i,
      cosine: this.#cosine(row, first + i),
    })).sort((a, b) => b.cosine - a.cosine);
  }

  #cosine(a: number, b: number): number {
    return this.#cosines[a * 2 * this.#n + b] ?? Number.NaN;
  }
}

/** Answers as the worker does; what the recording does not hold is refused in words. */
export function withRefusals(engine: RecordedEngine): RecordedEngine {
  return new Proxy(engine, {
    get(target, name) {
      const known = Reflect.get(target, name);
      return typeof known === 'function'
        ? (...given: unknown[]) => Promise.resolve(known.apply(target, given))
        : () => Promise.reject(refusal());
    },
  });
}

function refusal(): Error {
  return new Error(
    'This is a recorded example: what was not recorded takes a GPU, and this browser gives none.',
  );
}

/** Of 2n rows of length 1, images and then texts: `[2n, 2n]` */
function allCosines({ images, texts }: PairVectors): Float64Array {
  const { rows: n, dim } = images;
  const out = new Float64Array(4 * n * n);
  const at = (row: number, d: number) =>
    (row < n ? images.data[row * dim + d] : texts.data[(row - n) * dim + d]) ?? 0;
  for (let a = 0; a < 2 * n; a++) {
    for (let b = a; b < 2 * n; b++) {
      let sum = 0;
      for (let d = 0; d < dim; d++) sum += at(a, d) * at(b, d);
      out[a * 2 * n + b] = out[b * 2 * n + a] = sum;
    }
  }
  return out;
}
