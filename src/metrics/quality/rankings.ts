import type { Gpu } from '../../device/gpu.ts';
import { bestOfItems, ndcgOfRank, ownBefore, rankOf } from '../gap/retrieval.ts';
import { logitEntropy, modalityPurity } from '../gap/rows.ts';
import { eachScoreBlock } from '../similarity/blocks.ts';
import { averagePrecision } from './average-precision.ts';
import { type Judged, originals, unionOf } from './judged-rows.ts';

/** What one modality's rows find as queries: one value a pair. */
interface Found {
  /** Rank of the own item in the other modality, from 1 on. */
  readonly ranks: Float64Array;
  /** NDCG@10 of the own item among all rows of both modalities. */
  readonly mixedNdcg: Float64Array;
  /** Share of the ten nearest that are of the own modality. */
  readonly purity: Float64Array;
  /** Of the logits over the other modality; 0 without a logit scale. */
  readonly entropy: Float64Array;
  /** Average precision among the sampled rows of both modalities, for sampled pairs alone. */
  readonly averagePrecision: Float64Array;
}

/** Results of images and of texts as queries. */
export interface Rankings {
  readonly images: Found;
  readonly texts: Found;
}

interface RankOptions {
  /** Pairs whose average precision is measured, among each other. */
  readonly sample: Uint32Array;
  readonly signal?: AbortSignal;
  /** Called with the rows done, of 2n. */
  readonly onProgress?: (done: number, total: number) => void;
}

/** Ranks all rows for each row: the 2n x 2n cosines, some rows at a time, with only those in memory. */
export async function rankAll(gpu: Gpu, judged: Judged, options: RankOptions): Promise<Rankings> {
  const { n } = judged;
  const all = unionOf(judged);
  const precision = judged.labels && new ClassSearch(judged, judged.labels, options.sample);
  const results = { images: emptyFound(n), texts: emptyFound(n) };
  const { signal, onProgress } = options;
  await eachScoreBlock(gpu, all, all, { metric: 'dot', signal, onProgress }, ({ firstRow, rows, scores }) => {
    for (let row = firstRow; row < firstRow + rows; row++) {
      const cosines = scores.subarray((row - firstRow) * 2 * n, (row - firstRow + 1) * 2 * n);
      const found = row < n ? results.images : results.texts;
      rankRow(judged, row, cosines, found);
      if (precision?.has(row)) found.averagePrecision[row % n] = precision.of(row, cosines);
    }
  });
  return results;
}

function emptyFound(n: number): Found {
  const values = () => new Float64Array(n);
  return {
    ranks: values(),
    mixedNdcg: values(),
    purity: values(),
    entropy: values(),
    averagePrecision: values(),
  };
}

/** The query is image `row`, or text `row - n`. */
function rankRow(
  { n, items, itemCount, logitScale }: Judged,
  row: number,
  cosines: Float32Array,
  into: Found,
): void {
  const isImage = row < n;
  const i = row % n;
  const item = items[i] ?? i;
  const [ofImages, ofTexts] = [cosines.subarray(0, n), cosines.subarray(n)];
  const [own, other] = isImage ? [ofImages, ofTexts] : [ofTexts, ofImages];
  const found = bestOfItems(other, items, itemCount);
  const rank = rankOf(found, item);
  const before = ownBefore(bestOfItems(own, items, itemCount), item, found[item] ?? 0, isImage);
  into.ranks[i] = rank;
  into.mixedNdcg[i] = ndcgOfRank(rank + before);
  into.purity[i] = modalityPurity(own, i, other);
  if (logitScale !== undefined) into.entropy[i] = logitEntropy(other, logitScale);
}

/** A search of both modalities for all rows of the query's class. */
class ClassSearch {
  readonly #n: number;
  readonly #labels: readonly number[];
  readonly #originals: Int32Array;
  readonly #sampled: Uint8Array;
  /** Rows to be found: sampled, and no copies. */
  readonly #candidates: readonly number[];

  constructor(judged: Judged, labels: readonly number[], sample: Uint32Array) {
    const { n } = judged;
    this.#n = n;
    this.#labels = labels;
    this.#originals = originals(judged);
    this.#sampled = new Uint8Array(n);
    for (const pair of sample) this.#sampled[pair] = 1;
    const rows = [...sample, ...Array.from(sample, (pair) => pair + n)];
    this.#candidates = [...new Map(rows.map((row) => [this.#originals[row], row])).values()];
  }

  has(row: number): boolean {
    return this.#sampled[row % this.#n] === 1;
  }

  /** Average precision of a row's cosines; the row itself and its copies are no candidates. */
  of(query: number, cosines: Float32Array): number {
    const scores = new Float32Array(this.#candidates.length);
    const relevant = new Uint8Array(scores.length);
    const self = this.#originals[query];
    let count = 0;
    for (const row of this.#candidates) {
      if (this.#originals[row] === self) continue;
      scores[count] = cosines[row] as number;
      relevant[count] = Number(this.#labels[row % this.#n] === this.#labels[query % this.#n]);
      count++;
    }
    return averagePrecision(scores.subarray(0, count), relevant.subarray(0, count));
  }
}
