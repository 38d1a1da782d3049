import { Deck, OrthographicView } from '@deck.gl/core';
import { type Point, pointOfRow, rowOf } from '../session/points.ts';
import { mapLayers } from './map-layers.ts';
import type { MapScene } from './map-scene.ts';
import { fittingView, type MapView, rowAt, type Size, toPixels } from './map-view.ts';

/** Pixels around a point that still mean it; a finger needs more. */
const REACH = { mouse: 10, touch: 22 };

/** A map of points drawn by deck.gl, which can be dragged and zoomed. */
export class MapCanvas {
  readonly #deck: Deck<OrthographicView>;
  readonly #resized: ResizeObserver;
  #scene: MapScene | undefined;
  #size: Size;
  #view: MapView;
  /** Whether the view is still the one that shows all. */
  #fits = true;

  constructor(
    readonly parent: HTMLElement,
    private readonly onView: () => void,
    onError: (error: Error) => void,
  ) {
    this.#size = { width: parent.clientWidth, height: parent.clientHeight };
    this.#view = fittingView(this.#size);
    this.#deck = new Deck({
      parent: parent as HTMLDivElement,
      views: new OrthographicView({
        id: 'map',
        flipY: false,
        controller: { keyboard: false, doubleClickZoom: false },
      }),
      deviceProps: { type: 'webgl', webgl: { antialias: false } }, // markers smooth their own edges
      viewState: this.#view,
      onViewStateChange: ({ viewState }) => this.#look(viewState as MapView, false),
      layers: [],
      useDevicePixels: Math.min(2, globalThis.devicePixelRatio || 1),
      touchAction: 'pan-y',
      getCursor: ({ isDragging }) => (isDragging ? 'grabbing' : 'crosshair'),
      onError,
    });
    this.#resized = new ResizeObserver(() => this.#resize());
    this.#resized.observe(parent);
  }

  draw(scene: MapScene): void {
    this.#scene = scene;
    this.#deck.setProps({ layers: mapLayers(scene) });
  }

  /** Shows all points again. */
  fit(): void {
    this.#look(fittingView(this.#size), true);
  }

  zoomBy(steps: number): void {
    this.#look({ ...this.#view, zoom: this.#view.zoom + steps }, false);
  }

  /** The point at a place in the canvas, if there is one. */
  pointAt(x: number, y: number, pointer: string): Point | undefined {
    const reach = pointer === 'touch' ? REACH.touch : REACH.mouse;
    const row = this.#scene && rowAt(this.#view, this.#size, this.#scene.points, [x, y], reach);
    return row === undefined ? undefined : pointOfRow(row, this.#pairs);
  }

  /** All that are drawn. */
  get points(): Point[] {
    return Array.from({ length: 2 * this.#pairs }, (_, row) => pointOfRow(row, this.#pairs));
  }

  /** Where a point is in the canvas. */
  pixelsOf(point: Point): [number, number] {
    const { points } = this.#scene ?? { points: new Float32Array() };
    const row = rowOf(point, this.#pairs);
    return toPixels(this.#view, this.#size, points[2 * row] ?? 0, points[2 * row + 1] ?? 0);
  }

  destroy(): void {
    this.#resized.disconnect();
    this.#deck.finalize();
  }

  get #pairs(): number {
    return (this.#scene?.points.length ?? 0) / 4;
  }

  #look(view: MapView, fits: boolean): void {
    this.#fits = fits;
    this.#view = { target: view.target, zoom: Math.min(Math.max(view.zoom, -4), 12) };
    this.#deck.setProps({ viewState: this.#view });
    this.onView();
  }

  #resize(): void {
    this.#size = { width: this.parent.clientWidth, height: this.parent.clientHeight };
    if (this.#fits) this.fit();
  }
}
