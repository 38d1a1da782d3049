import { batch, computed, type ReadonlySignal, signal } from '@preact/signals';
import type {
  EmbeddedPairs,
  KnownPair,
  ModelInfo,
  ModelSource,
  PairVectors,
  Shown,
  Space,
  WindowChoice,
} from '../engine/types.ts';
import { Subject } from './subject.ts';

/** An image and its caption, both embedded. */
export interface Pair extends KnownPair {
  /** Object URL of the image, or of its thumbnail, where one is there. */
  readonly url: string | undefined;
}

/** A model with where it came from. */
export interface OpenModel {
  readonly info: ModelInfo;
  readonly source: ModelSource;
}

/** What was opened by one action: a model, pairs that it embedded or that were embedded before, or both. */
export interface Opened {
  /** Undefined where saved embeddings were opened before any model. */
  readonly model: OpenModel | undefined;
  readonly space: Space;
  /** Those whose image could not be read, too. */
  readonly inputs: readonly KnownPair[];
  /** Of pictures beyond 8 bits; undefined for as the file says. */
  readonly window: WindowChoice | undefined;
  /** Undefined without pairs. */
  readonly embedded: EmbeddedPairs | undefined;
}

export const RAW: Shown = { kind: 'raw' };

export function isSameShown(a: Shown, b: Shown): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}

/**
 * What is open, and how it is shown: the one owner. Whatever is asked or chosen about it is made by one of its subjects,
 * and goes when that changes.
 */
export class Session {
  /** The space that the pairs lie in, and with it the model. */
  readonly ofModel = new Subject();
  /** What was opened, of which more pairs may come to be embedded: a pair that is there keeps its place. */
  readonly ofSet = this.ofModel.part();
  /** The pairs, as the model embedded them. */
  readonly ofPairs = this.ofSet.part();
  /** The pairs as they are shown. */
  readonly ofShown = this.ofPairs.part();

  readonly #model = signal<OpenModel | undefined>(undefined);
  readonly #space = signal<Space | undefined>(undefined);
  readonly #inputs = signal<readonly KnownPair[]>([]);
  readonly #window = signal<WindowChoice | undefined>(undefined);
  /** Of the open pairs, so far. */
  readonly #urls: string[] = [];
  readonly #pairs = signal<readonly Pair[]>([]);
  readonly #shown = signal<Shown>(RAW);
  readonly #embedded = signal<EmbeddedPairs | undefined>(undefined);
  readonly #distances = signal<Float32Array>(new Float32Array());

  /** The one that is loaded; not always the one that embedded the pairs. */
  readonly model: ReadonlySignal<OpenModel | undefined> = this.#model;
  /** Where the pairs lie. */
  readonly space: ReadonlySignal<Space | undefined> = this.#space;
  /** Whether the model that is loaded embeds new texts and images into the space of the pairs. */
  readonly takesQueries = computed(() => {
    const { fingerprint } = this.#space.value ?? {};
    return fingerprint !== undefined && fingerprint === this.#model.value?.info.fingerprint;
  });
  /** What the pairs were made of. */
  readonly inputs: ReadonlySignal<readonly KnownPair[]> = this.#inputs;
  /** The window that their pictures were embedded by; undefined for as the file says. */
  readonly window: ReadonlySignal<WindowChoice | undefined> = this.#window;
  readonly pairs: ReadonlySignal<readonly Pair[]> = this.#pairs;
  readonly pairCount = computed(() => this.#pairs.value.length);
  /** As the model embedded them. */
  readonly vectors: ReadonlySignal<PairVectors | undefined> = this.#embedded;
  /** With which of the inputs they are of. */
  readonly embedded: ReadonlySignal<EmbeddedPairs | undefined> = this.#embedded;
  /** How many of the inputs were not tried yet: their embedding goes on, or was stopped. */
  readonly untried = computed(() => {
    const inputs = this.#inputs.value.length;
    return inputs - (this.#embedded.value?.tried ?? inputs);
  });
  /** How the embeddings are shown, as the engine has it. */
  readonly shown: ReadonlySignal<Shown> = this.#shown;
  /** Euclidean distance within each pair, as the pairs are shown: `[n]` */
  readonly distances: ReadonlySignal<Float32Array> = this.#distances;

  /** Puts what was opened in the place of what is open. */
  take(opened: Opened): void {
    batch(() => {
      const { fingerprint } = opened.space;
      const isSameSpace = fingerprint !== undefined && fingerprint === this.#space.value?.fingerprint;
      (isSameSpace ? this.ofSet : this.ofModel).changed();
      for (const url of this.#urls.splice(0)) URL.revokeObjectURL(url);
      this.#pairs.value = this.#pairsOf(opened);
      this.#set(opened);
    });
  }

  /** More of what is open is embedded. What is chosen among the pairs that were there stays. */
  grow(opened: Opened): void {
    const before = this.#embedded.value?.kept ?? [];
    const now = opened.embedded?.kept ?? [];
    const isSame =
      opened.inputs === this.#inputs.value &&
      opened.space.fingerprint === this.#space.value?.fingerprint &&
      before.every((input, pair) => input === now[pair]);
    if (!isSame) {
      this.take(opened); // by another model, or one could be read at last that could not before
      return;
    }
    batch(() => {
      this.ofPairs.changed();
      const more = this.#pairsOf(opened, before.length);
      this.#pairs.value = [...this.#pairs.value, ...more];
      this.#set(opened);
    });
  }

  #set({ model, space, inputs, window, embedded }: Opened): void {
    this.#model.value = model;
    this.#space.value = space;
    this.#inputs.value = inputs;
    this.#window.value = window;
    this.#embedded.value = embedded;
    this.#shown.value = RAW;
    this.#distances.value = embedded?.distances ?? new Float32Array();
  }

  #pairsOf({ inputs, embedded }: Opened, from = 0): Pair[] {
    return (embedded?.kept.slice(from) ?? []).flatMap((i) => {
      const input = inputs[i];
      return input ? [this.#pairOf(input)] : [];
    });
  }

  /** Its URL is made when it is first asked for: thousands at once would hold up the page for seconds. */
  #pairOf(input: KnownPair): Pair {
    let url: string | undefined;
    const properties = {
      ...Object.getOwnPropertyDescriptors(input), // not their values: images may be cut out of a file only when asked for
      url: {
        enumerable: true,
        get: () => {
          const seen = input.image ?? input.thumbnail;
          if (url !== undefined || !seen) return url;
          url = URL.createObjectURL(seen);
          this.#urls.push(url);
          return url;
        },
      },
    };
    return Object.defineProperties({} as Pair, properties);
  }

  /** A model beside the pairs, which stay: the same loaded anew, or the one that saved pairs were embedded by. */
  use(model: OpenModel): void {
    this.#model.value = model;
  }

  /** @param distances within the pairs, so shown: `[n]` */
  show(shown: Shown, distances: Float32Array): void {
    batch(() => {
      this.ofShown.changed();
      this.#shown.value = shown;
      this.#distances.value = distances;
    });
  }
}
