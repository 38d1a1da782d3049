import { OrthographicView } from '@deck.gl/core';
import type { DenseRegion } from '../engine/types.ts';
import { type Point, pointOfRow, rowOf } from '../session/points.ts';
import { lastOf } from './last-of.ts';
import { MapLayers } from './map-layers.ts';
import {
  inSight,
  isClose,
  type MapMarks,
  namesApart,
  sparse,
  THUMBNAIL_BOX,
  WORDS_BOX,
} from './map-marks.ts';
import { type MapScene, type PointContents, rowsByModality } from './map-scene.ts';
import { fittingView, isInside, type MapView, rowAt, type Size, toPixels } from './map-view.ts';
import { MapWords } from './map-words.ts';
import { PatientDeck } from './patient-deck.ts';
import { ThumbnailAtlas } from './thumbnail-atlas.ts';

/** Pixels around a point that still mean it; a finger needs more. */
const REACH = { mouse: 10, touch: 22 };

const NO_REGIONS: readonly DenseRegion[] = [];

/** A map of points drawn by deck.gl, which can be dragged and zoomed. */
export class MapCanvas {
  readonly #deck: PatientDeck;
  readonly #resized: ResizeObserver;
  readonly #layers = new MapLayers();
  readonly #words: MapWords;
  readonly #atlas = new ThumbnailAtlas(() => this.#drawSoon());
  readonly #sparseImages = lastOf(sparse);
  readonly #sparseTexts = lastOf(sparse);
  readonly #rows = lastOf(rowsByModality);
  readonly #names = lastOf((regions: readonly DenseRegion[], zoom: number) => namesApart(regions, 2 ** zoom));
  #frame = 0;
  #scene: MapScene | undefined;
  #shown: MapMarks | undefined;
  /** What is drawn now, to be seen when that is done. */
  #drawn: Parameters<MapWords['draw']> | undefined;
  #size: Size;
  #view: MapView;
  /** That of the picture on the screen, where points are found. */
  #seen: MapView;
  /** Whether the view is still the one that shows all. */
  #fits = true;

  constructor(
    readonly parent: HTMLElement,
    private readonly onView: () => void,
    onError: (error: Error) => void,
  ) {
    this.#size = { width: parent.clientWidth, height: parent.clientHeight };
    this.#view = this.#seen = fittingView(this.#size);
    this.#deck = new PatientDeck(
      {
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
        useDevicePixels: density(),
        touchAction: 'pan-y',
        getCursor: ({ isDragging }) => (isDragging ? 'grabbing' : 'crosshair'),
        onLoad: () => hideFromReaders(parent.querySelector('canvas')), // after deck.gl gave it the focus
        onAfterRender: () => this.#begun(),
        onError,
      },
      () => this.#appeared(),
    );
    this.#words = new MapWords(parent);
    this.#resized = new ResizeObserver(() => this.#resize());
    this.#resized.observe(parent);
  }

  draw(scene: MapScene): void {
    this.#scene = scene;
    this.#shown = this.#marks(scene);
    this.#deck.setProps({ layers: this.#layers.of(scene, this.#shown) });
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
    if (!this.#scene) return undefined;
    const reach = pointer === 'touch' ? REACH.touch : REACH.mouse;
    const { points, visible } = this.#scene;
    const row = rowAt(this.#seen, this.#size, points, [x, y], reach, visible);
    return row === undefined ? undefined : pointOfRow(row, this.#pairs);
  }

  /** All that are drawn. */
  get points(): Point[] {
    const rows = this.#scene?.visible ?? Array.from({ length: 2 * this.#pairs }, (_, row) => row);
    return rows.map((row) => pointOfRow(row, this.#pairs));
  }

  /** Where a point is in the canvas. */
  pixelsOf(point: Point): [number, number] {
    const { points } = this.#scene ?? { points: new Float32Array() };
    const row = rowOf(point, this.#pairs);
    return toPixels(this.#seen, this.#size, points[2 * row] ?? 0, points[2 * row + 1] ?? 0);
  }

  /** Whether a place is in sight. */
  holds(pixels: readonly [number, number]): boolean {
    return isInside(this.#size, pixels, 0);
  }

  destroy(): void {
    cancelAnimationFrame(this.#frame);
    this.#resized.disconnect();
    this.#atlas.close();
    this.#words.destroy();
    this.#deck.finalize();
  }

  get #pairs(): number {
    return (this.#scene?.points.length ?? 0) / 4;
  }

  #look(view: MapView, fits: boolean): void {
    this.#fits = fits;
    this.#view = { target: view.target, zoom: Math.min(Math.max(view.zoom, -4), 12) };
    this.#deck.setProps({ viewState: this.#view });
    if (this.#scene?.contents || this.#scene?.regions) this.#drawSoon(); // other marks may have room
    if (!this.#drawn) this.#seen = this.#view; // nothing else is on the screen
  }

  #begun(): void {
    if (this.#scene && this.#shown)
      this.#drawn = [this.#scene, this.#shown, this.#view, this.#size, density()];
  }

  /** Words move with the picture that they lie over, and so does what the page puts there. */
  #appeared(): void {
    if (!this.#drawn) return;
    this.#words.draw(...this.#drawn);
    const [, , view] = this.#drawn;
    if (view === this.#seen) return;
    this.#seen = view;
    this.onView();
  }

  #drawSoon(): void {
    cancelAnimationFrame(this.#frame);
    this.#frame = requestAnimationFrame(() => {
      if (this.#scene) this.draw(this.#scene);
    });
  }

  /** What has room to be shown as it is. */
  #marks({ points, visible, contents, regions }: MapScene): MapMarks {
    const names = this.#names(regions?.regions ?? NO_REGIONS, Math.floor(2 * this.#view.zoom) / 2);
    if (!contents || !isClose(this.#view, fittingView(this.#size))) {
      return { names, thumbnails: [], words: [], atlas: undefined };
    }
    const zoom = Math.floor(2 * this.#view.zoom) / 2;
    const rows = this.#rows(points.length / 4, visible);
    const images = this.#sparseImages(points, rows.images, zoom, THUMBNAIL_BOX);
    const texts = this.#sparseTexts(points, rows.texts, zoom, WORDS_BOX);
    const see = (some: readonly number[]) => inSight(points, some, this.#view, this.#size);
    return {
      names,
      thumbnails: this.#thumbnails(see(images), contents),
      words: see(texts).map((row) => ({ row, text: contents.wordsOf(row - this.#pairs) })),
      atlas: this.#atlas.picture,
    };
  }

  #thumbnails(rows: readonly number[], { imageOf }: PointContents) {
    const images = rows.flatMap((row) => {
      const image = imageOf(row);
      return image ? [{ row, image }] : [];
    });
    this.#atlas.want(images.map(({ image }) => image));
    return images.flatMap(({ row, image }) => {
      const cell = this.#atlas.cellOf(image);
      return cell === undefined ? [] : [{ row, cell }];
    });
  }

  #resize(): void {
    this.#size = { width: this.parent.clientWidth, height: this.parent.clientHeight };
    if (this.#fits) this.fit();
  }
}

/** Pixels of the device a CSS pixel; more than two are not told apart. */
function density(): number {
  return Math.min(2, globalThis.devicePixelRatio || 1);
}

/** What the canvas is in has the name, and takes the focus. */
function hideFromReaders(canvas: HTMLCanvasElement | null): void {
  canvas?.setAttribute('aria-hidden', 'true');
  canvas?.setAttribute('tabindex', '-1');
}
