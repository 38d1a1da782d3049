import { computed, effect, signal } from '@preact/signals';
import { toUnitSquare } from '../draw/unit-square.ts';
import { engine } from '../engine/client.ts';
import type { PrincipalMap } from '../engine/types.ts';
import { engines } from './engines.ts';
import { mapStep } from './map.ts';
import { session } from './session.ts';
import { Trouble } from './trouble.ts';

export type MapLayout = 'tsne' | 'pca';

export const LAYOUT_NAMES: Readonly<Record<MapLayout, string>> = { tsne: 't-SNE', pca: 'PCA' };

/** Where points lie in one of the maps. */
export interface MapPicture {
  readonly layout: MapLayout;
  /** `[2n, 2]`: images, then texts, of the pairs that were there when it was made. */
  readonly embedding: Float32Array;
}

/** What people want to see. */
export const mapLayout = signal<MapLayout>('tsne');
export const principalMap = session.ofPairs.answer<PrincipalMap>();
export const principalTrouble = new Trouble(session.ofPairs);

const tsnePicture = computed<MapPicture | undefined>(() => {
  const step = mapStep.value;
  return step && { layout: 'tsne', embedding: step.embedding };
});
const pcaPicture = computed<MapPicture | undefined>(() => {
  const map = principalMap.value;
  return map && { layout: 'pca', embedding: map.embedding };
});

/** The map that is shown: the wanted one, or the other until that is there. Everything that asks for places asks this. */
export const mapPicture = computed<MapPicture | undefined>(() =>
  mapLayout.value === 'pca'
    ? (pcaPicture.value ?? tsnePicture.value)
    : (tsnePicture.value ?? pcaPicture.value),
);

/** How many pairs it shows. */
export const picturedPairs = computed(() => (mapPicture.value?.embedding.length ?? 0) / 4);

/** The same, in the square that is drawn. */
export const unitMap = computed(() => toUnitSquare(mapPicture.value?.embedding ?? new Float32Array()));

/** Keeps the principal components those of the pairs, as they are shown. */
export function followPrincipalMap(): void {
  effect(() => {
    const { length } = session.pairs.value;
    void [session.shown.value, engines.value];
    if (length === 0) return;
    void principalTrouble.attempt(() => principalMap.ask(() => engine().principalMap(), true));
  });
}
