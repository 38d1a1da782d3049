import { batch, computed, signal } from '@preact/signals';
import { inksOn } from '../draw/inks.ts';
import type { MapScene } from '../draw/map-scene.ts';
import { type ColourMode, pointColours } from '../draw/point-colours.ts';
import { toUnitSquare } from '../draw/unit-square.ts';
import { pairDistances } from '../engine/rows.ts';
import { Answer } from '../session/answer.ts';
import { isSame, type Point, PointSet, partnerOf, rowOf } from '../session/points.ts';
import { contentsOf, type MapContents, type ModalityMapData } from './map-data.ts';
import { placesOf } from './places.ts';

export const COLOURS = ['modality', 'label', 'distance'] as const satisfies readonly ColourMode[];
export const LINKS = ['all', 'selected', 'none'] as const;
export type Links = (typeof LINKS)[number];

/** What one `<modality-map>` shows, and what was done in it. */
export class MapModel {
  readonly colour = signal<ColourMode>('modality');
  readonly links = signal<Links>('all');
  readonly dark = signal(false);
  readonly focused = signal<Point | undefined>(undefined);
  readonly hovered = signal<Point | undefined>(undefined);
  readonly selected = signal(PointSet.EMPTY);
  /** Why nothing is shown. */
  readonly failure = signal<string | undefined>(undefined);
  readonly #contents = signal<MapContents | undefined>(undefined);
  readonly #places = signal<Float32Array | undefined>(undefined);
  readonly #descent = new Answer<void>();
  #stop = new AbortController();

  readonly pairs = computed(() => this.#contents.value?.pairs ?? []);
  readonly isMoving = computed(() => this.#descent.pending);
  readonly hasMap = computed(() => this.#places.value !== undefined);
  /** `[2n, 2]`: images, then texts. */
  readonly places = computed(() => this.#places.value);
  /** Euclidean, within each pair; 0 where there are no embeddings. */
  readonly distances = computed(() => {
    const { vectors, pairs = [] } = this.#contents.value ?? {};
    return vectors ? pairDistances(vectors) : new Float32Array(pairs.length);
  });
  /** Without embeddings there are no distances to colour by. */
  readonly hasDistances = computed(() => this.#contents.value?.vectors !== undefined);
  readonly colours = computed(() =>
    pointColours(this.colour.value, this.pairs.value, this.distances.value, this.dark.value),
  );

  /** Shows other data; resolves when their map lies still. What is wrong with them is shown. */
  async show(find: () => ModalityMapData, perplexity: number | undefined): Promise<void> {
    this.clear();
    const { signal } = this.#stop;
    try {
      await this.#descent.ask(async (isLatest) => {
        const contents = contentsOf(find());
        this.#open(contents);
        const { vectors } = contents;
        if (contents.places || !vectors) return;
        const onPlaces = (places: Float32Array) => this.#move(places, isLatest);
        const places = await placesOf(vectors, { perplexity, onPlaces, signal });
        if (isLatest()) this.#places.value = places;
      });
    } catch (error) {
      if (!signal.aborted) this.failure.value = error instanceof Error ? error.message : String(error);
    }
  }

  /** Shows nothing. */
  clear(): void {
    this.stop();
    this.#stop = new AbortController();
    this.#open(undefined);
  }

  /** Ends what is computed. */
  stop(): void {
    this.#stop.abort();
    this.#descent.abandon();
  }

  scene(): MapScene {
    const pairs = this.pairs.value;
    const { points } = toUnitSquare(this.#places.value ?? new Float32Array());
    const row = (point: Point) => rowOf(point, pairs.length);
    const chosen = this.selected.value;
    const looked = this.focused.value;
    return {
      points,
      ...this.colours.value,
      links: this.#linked(),
      highlighted: chosen.size > 0 ? new Set([...chosen].map(row)) : undefined,
      ringed: looked ? [looked, partnerOf(looked)].map(row) : [],
      query: undefined,
      shownName: undefined,
      ...inksOn(this.dark.value),
    };
  }

  toggle(point: Point): void {
    const chosen = this.selected.value;
    this.selected.value = chosen.has(point) ? chosen.without(point) : chosen.with(point);
  }

  hover(point: Point | undefined): void {
    if (!isSame(point, this.hovered.peek())) this.hovered.value = point;
  }

  #open(contents: MapContents | undefined): void {
    batch(() => {
      this.failure.value = this.focused.value = this.hovered.value = undefined;
      this.selected.value = PointSet.EMPTY;
      this.#contents.value = contents;
      this.#places.value = contents?.places;
    });
  }

  /** Resolves with the next picture on the screen; at once in a hidden tab. */
  #move(places: Float32Array, isLatest: () => boolean): Promise<void> {
    if (isLatest()) this.#places.value = places;
    return new Promise((resolve) => {
      if (document.hidden) resolve();
      else requestAnimationFrame(() => resolve());
    });
  }

  #linked(): readonly number[] {
    if (this.links.value === 'none') return [];
    return this.links.value === 'selected' ? this.selected.value.pairs : this.pairs.value.map((_, i) => i);
  }
}
