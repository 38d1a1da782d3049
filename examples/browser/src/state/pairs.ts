import { computed, signal } from '@preact/signals';
import type { PairVectors } from '../engine/types.ts';

/** An image and its caption. */
export interface Pair {
  /** The image's file name. */
  readonly id: string;
  readonly caption: string;
  /** The class, from the captions file or the image's name. */
  readonly label: string;
  readonly image: Blob;
  /** Object URL of the image. */
  readonly url: string;
}

/** n pairs, all embedded. Points are numbered 0 to n - 1 for images and n to 2n - 1 for their texts. */
export const pairs = signal<readonly Pair[]>([]);
/** As the model embedded them, kept to go on after the engine was lost. */
export const vectors = signal<PairVectors | undefined>(undefined);
/** Euclidean distance within each pair, as the pairs are shown: `[n]` */
export const distances = signal<Float32Array>(new Float32Array());

export const pairCount = computed(() => pairs.value.length);

/** Pairs by the distance between image and text, the farthest first. */
export const worstFirst = computed(() => {
  const far = distances.value;
  return Array.from(far, (_, i) => i).sort((a, b) => (far[b] ?? 0) - (far[a] ?? 0));
});

export const pairOf = (point: number) => (pairCount.value ? point % pairCount.value : 0);
export const isImage = (point: number) => point < pairCount.value;
export const pointName = (point: number) => {
  const pair = pairs.value[pairOf(point)];
  return (isImage(point) ? pair?.id : pair?.caption || '(empty caption)') ?? '';
};
