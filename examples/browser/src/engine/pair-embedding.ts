import type { BiomedClip } from 'biomedclip-webgpu';
import type { KnownRows } from '../keep/known-rows.ts';
import { embedMissing, type PairRows } from './embed-missing.ts';
import { knownLabels } from './known-labels.ts';
import { PictureWarnings } from './picture-warnings.ts';
import { pairDistances } from './rows.ts';
import type { EmbeddedPairs, OnProgress, OnWarning, Vectors, Wanted } from './types.ts';

/** Pairs of the first slices: few, to be looked at soon. Then more, since large calls take less time a pair. */
const SLICES = [64, 128];
const SLICE = 256;

type Modality = 'images' | 'texts';
type Skipped = PairRows['skipped'][number];

/** Pairs being embedded, in slices: those of the slices that are done can be looked at. */
export class PairEmbedding {
  readonly #rows = { images: new Map<number, Float32Array>(), texts: new Map<number, Float32Array>() };
  readonly #skipped: Skipped[] = [];
  readonly #remarked: Record<Modality, number[]> = { images: [], texts: [] };
  #tried = 0;

  /**
   * @param program by which rows are made
   * @param known rows that need not be embedded again
   */
  constructor(
    readonly model: BiomedClip,
    readonly wanted: Pick<Wanted, 'pairs' | 'window'>,
    private readonly program: string,
    private readonly known: KnownRows,
  ) {}

  async run(onProgress: OnProgress, onWarning: OnWarning, signal: AbortSignal): Promise<void> {
    const { length } = this.wanted.pairs;
    const warnings = new PictureWarnings(onWarning);
    for (let slice = 0; this.#tried < length; slice++) {
      const end = Math.min(length, this.#tried + (SLICES[slice] ?? SLICE));
      await this.#embed(this.#tried, end, onProgress, warnings, signal);
      this.#tried = end;
      onProgress({ stage: 'pairs', done: end, total: length, ready: this.#kept().length });
    }
    if (this.#kept().length > 0) return;
    throw new Error(`No pair could be embedded: ${this.#skipped[0]?.error.message}`);
  }

  /** How many of the inputs, from the first. */
  get tried(): number {
    return this.#tried;
  }

  /** Undefined before there is a pair. */
  soFar(): EmbeddedPairs | undefined {
    const kept = this.#kept();
    if (kept.length === 0) return undefined;
    const { pairs } = this.wanted;
    const dim = this.model.info.embedDim;
    const rowsOf = (modality: Modality): Vectors => {
      const data = new Float32Array(kept.length * dim);
      for (const [row, i] of kept.entries()) data.set(this.#rows[modality].get(i) ?? [], row * dim);
      return { data, rows: kept.length, dim, ids: kept.map((i) => pairs[i]?.id ?? '') };
    };
    const remarkedOf = (modality: Modality) => {
      const remarked = new Set(this.#remarked[modality]);
      return kept.flatMap((i, row) => (remarked.has(i) ? [row] : []));
    };
    const vectors = {
      images: rowsOf('images'),
      texts: rowsOf('texts'),
      labels: knownLabels(kept.map((i) => pairs[i]?.label ?? '')),
    };
    return {
      ...vectors,
      madeBy: {
        program: this.program,
        remarked: { images: remarkedOf('images'), texts: remarkedOf('texts') },
      },
      kept,
      tried: this.#tried,
      skipped: this.#skipped.map(({ error }) => error.message),
      truncated: this.#remarked.texts.length,
      distances: pairDistances(vectors),
      known: kept.filter((i) => this.known.images[i] && this.known.texts[i]).length,
    };
  }

  /** Where a pair lost its other half, its own row goes too. */
  #kept(): number[] {
    return this.wanted.pairs
      .slice(0, this.#tried)
      .flatMap((_, i) => (this.#rows.images.has(i) && this.#rows.texts.has(i) ? [i] : []));
  }

  async #embed(
    from: number,
    to: number,
    onProgress: OnProgress,
    warnings: PictureWarnings,
    signal: AbortSignal,
  ): Promise<void> {
    const { pairs, window } = this.wanted;
    const known = { images: this.known.images.slice(from, to), texts: this.known.texts.slice(from, to) };
    const points = 2 * (to - from);
    const knownPoints = [...known.images, ...known.texts].filter(Boolean).length;
    const embedded = { image: 0, text: 0 };
    const { images, texts, skipped, truncated, warned } = await embedMissing(
      this.model,
      { pairs: pairs.slice(from, to), window },
      known,
      {
        onProgress: ({ kind, done }) => {
          embedded[kind] = done;
          const share = (knownPoints + embedded.image + embedded.text) / points;
          onProgress({ stage: 'pairs', done: from + Math.floor(share * (to - from)), total: pairs.length });
        },
        onWarning: (warning) => warnings.add(warning),
        signal,
      },
    );
    for (const [i, row] of images) this.#rows.images.set(from + i, row);
    for (const [i, row] of texts) this.#rows.texts.set(from + i, row);
    this.#skipped.push(...skipped.map((one) => ({ ...one, index: from + one.index })));
    this.#remarked.images.push(...warned.map((i) => from + i));
    this.#remarked.texts.push(...truncated.map((i) => from + i));
  }
}
