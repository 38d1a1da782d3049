import { concatenate } from '../../concatenate.ts';
import type { Gpu } from '../../device/gpu.ts';
import { eachScoreBlock } from '../similarity-blocks.ts';
import type { Vectors } from '../vectors.ts';
import { logitEntropy } from './entropy.ts';
import type { Pairs } from './pairs.ts';
import { PermutedRanks } from './permuted-ranks.ts';
import { modalityPurity } from './purity.ts';
import { bestOfItems, ownBefore, rankOf } from './ranks.ts';
import { Uniformity } from './uniformity.ts';

/** What the rows of one modality, as queries, give: a value a row. */
export class ModalityRows {
  /** Of the match among the items of the other modality. */
  readonly ranks: Uint32Array;
  /** Of the match among all other items of both. */
  readonly mixedRanks: Uint32Array;
  readonly purity: Float64Array;
  readonly entropy: Float64Array;
  readonly uniformity: Uniformity;
  readonly permuted: PermutedRanks;

  constructor(
    { n, items, itemCount }: Pick<Pairs, 'n' | 'items' | 'itemCount'>,
    private readonly imagesFirst: boolean,
    { counts, pairing, logitScale }: { counts: Float32Array; pairing: Uint32Array; logitScale?: number },
  ) {
    this.ranks = new Uint32Array(n);
    this.mixedRanks = new Uint32Array(n);
    this.purity = new Float64Array(n);
    this.entropy = new Float64Array(n);
    this.uniformity = new Uniformity(counts, n);
    this.permuted = new PermutedRanks(pairing, n);
    this.#items = items;
    this.#itemCount = itemCount;
    this.#logitScale = logitScale;
  }
  readonly #items: readonly number[];
  readonly #itemCount: number;
  readonly #logitScale: number | undefined;

  /** Row i, by its cosines with its own modality and with the other; its kernel goes to `kernel` `[n]`. */
  take(i: number, own: Float32Array, other: Float32Array, kernel: Float32Array): void {
    const item = this.#items[i] ?? i;
    const found = bestOfItems(other, this.#items, this.#itemCount);
    const ownItems = bestOfItems(own, this.#items, this.#itemCount);
    const rank = rankOf(found, item);
    this.ranks[i] = rank;
    this.mixedRanks[i] = rank + ownBefore(ownItems, item, found[item] ?? 0, this.imagesFirst);
    this.purity[i] = modalityPurity(own, i, other);
    if (this.#logitScale !== undefined) this.entropy[i] = logitEntropy(other, this.#logitScale);
    this.permuted.add({ query: i, own: ownItems, other, found, items: this.#items });
    for (let j = 0; j < own.length; j++) kernel[j] = j === i ? 0 : Uniformity.kernel(own[j] ?? 0);
  }
}

export interface PassOptions {
  readonly signal?: AbortSignal;
  /** Rows of 2n. */
  readonly onProgress?: (done: number, total: number) => void;
}

/** Goes through the 2n x 2n matrix of cosines, images then texts, some rows at a time. */
export async function cosinePass(
  gpu: Gpu,
  { images, texts, n, dim }: Pairs,
  modalities: readonly [ModalityRows, ModalityRows],
  { signal, onProgress }: PassOptions,
): Promise<void> {
  const all: Vectors = {
    data: concatenate([Float32Array.from(images), Float32Array.from(texts)]),
    ...{ rows: 2 * n, dim },
  };
  const options = { metric: 'dot', signal, onProgress } as const;
  await eachScoreBlock(gpu, all, all, options, async ({ firstRow, rows, scores }) => {
    for (const [m, modality] of modalities.entries()) {
      const [first, end] = [Math.max(firstRow, m * n), Math.min(firstRow + rows, (m + 1) * n)];
      if (first >= end) continue;
      const kernel = new Float32Array((end - first) * n);
      for (let row = first; row < end; row++) {
        const cosines = scores.subarray((row - firstRow) * 2 * n, (row - firstRow + 1) * 2 * n);
        const [ofImages, ofTexts] = [cosines.subarray(0, n), cosines.subarray(n)];
        const [own, other] = m === 0 ? [ofImages, ofTexts] : [ofTexts, ofImages];
        modality.take(row - m * n, own, other, kernel.subarray((row - first) * n, (row - first + 1) * n));
      }
      await modality.uniformity.add(gpu, first - m * n, kernel, signal);
    }
  });
}
