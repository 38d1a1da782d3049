/**
 * `<modality-map>` for other pages and for notebooks: importing this file, by its URL or from the package, defines the element.
 * @packageDocumentation
 */
import type { ModalityMapData } from './map-data.ts';
import { ModalityMapElement } from './modality-map.ts';

export type { Point } from '../session/points.ts';
export type { MapPair, ModalityMapData, Rows } from './map-data.ts';
export type { PointsDetail } from './modality-map.ts';
export { ModalityMapElement };

declare global {
  interface HTMLElementTagNameMap {
    'modality-map': ModalityMapElement;
  }
}

if (!customElements.get('modality-map')) customElements.define('modality-map', ModalityMapElement);

/** What anywidget gives: the state that Python and the page share. */
interface WidgetModel {
  get(name: string): unknown;
  set(name: string, value: unknown): void;
  on(event: string, listener: () => void): void;
  off(event: string, listener: () => void): void;
  save_changes(): void;
}

/**
 * As anywidget (Jupyter, marimo, Colab) shows it: `data` comes from Python, `selected` goes there, a list of indexes of pairs.
 */
export default {
  render({ model, el }: { readonly model: WidgetModel; readonly el: HTMLElement }): () => void {
    const map = new ModalityMapElement();
    const take = () => {
      map.data = (model.get('data') ?? undefined) as ModalityMapData | undefined;
    };
    map.addEventListener('pointselect', () => {
      model.set('selected', [...new Set(map.selectedPoints.map(({ pair }) => pair))]);
      model.save_changes();
    });
    model.on('change:data', take);
    take();
    el.append(map);
    return () => {
      model.off('change:data', take);
      map.remove();
    };
  },
};
