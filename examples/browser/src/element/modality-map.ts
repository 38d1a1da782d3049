import { effect } from '@preact/signals';
import { h, render } from 'preact';
import type { Point } from '../session/points.ts';
import type { ModalityMapData } from './map-data.ts';
import { COLOURS, LINKS, MapModel } from './map-model.ts';
import { MapView } from './map-view.tsx';
import { STYLE } from './style.ts';

/** What a `pointfocus` or a `pointselect` event has as its `detail`. */
export interface PointsDetail {
  /** Each the image or the text of a pair, whose index counts from 0. */
  readonly points: readonly Point[];
}

/**
 * `<modality-map>`: images and texts in one map, drawn as the page draws it. Its data are the property `data`, or JSON in a
 * `<script type="application/json">` inside it. Attributes: `colour` (`modality`, `label` or `distance`), `links` (`all`,
 * `selected` or `none`), `theme` (`light` or `dark`; default: the system's), `height` in pixels and `perplexity` of the next data. Fires
 * `pointfocus` and `pointselect`. What is wrong with data is shown in the map's place.
 */
export class ModalityMapElement extends HTMLElement {
  static readonly observedAttributes = ['colour', 'height', 'links', 'theme'];
  readonly #model = new MapModel();
  readonly #root = this.attachShadow({ mode: 'open' });
  readonly #prefersDark = matchMedia('(prefers-color-scheme: dark)');
  #data: ModalityMapData | undefined;
  #leave: (() => void) | undefined;

  get data(): ModalityMapData | undefined {
    return this.#data;
  }

  set data(data: ModalityMapData | undefined) {
    this.#data = data;
    if (this.#leave) this.#show();
  }

  /** Images, then texts. */
  get selectedPoints(): readonly Point[] {
    return [...this.#model.selected.value];
  }

  connectedCallback(): void {
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(STYLE);
    this.#root.adoptedStyleSheets = [sheet];
    const followTheme = () => this.#followTheme();
    this.#prefersDark.addEventListener('change', followTheme);
    followTheme();
    render(h(MapView, { model: this.#model }), this.#root);
    const unannounced = [
      this.#announce('pointfocus', () => (this.#model.focused.value ? [this.#model.focused.value] : [])),
      this.#announce('pointselect', () => this.selectedPoints),
    ];
    // A parser puts the element in before what is inside it.
    const inside = new MutationObserver(() => {
      if (!this.#data) this.#show();
    });
    inside.observe(this, { childList: true });
    this.#leave = () => {
      inside.disconnect();
      this.#prefersDark.removeEventListener('change', followTheme);
      for (const end of unannounced) end();
      render(null, this.#root);
      this.#model.stop();
    };
    this.#show();
  }

  disconnectedCallback(): void {
    this.#leave?.();
    this.#leave = undefined;
  }

  attributeChangedCallback(name: string, _: string | null, value: string | null): void {
    const { colour, links } = this.#model;
    if (name === 'theme') this.#followTheme();
    else if (name === 'height') this.style.height = value === null ? '' : `${Number.parseFloat(value)}px`;
    else if (name === 'colour') colour.value = COLOURS.find((one) => one === value) ?? 'modality';
    else links.value = LINKS.find((one) => one === value) ?? 'all';
  }

  #show(): void {
    const perplexity = this.getAttribute('perplexity');
    const inside = this.querySelector('script[type="application/json"]')?.textContent;
    if (!this.#data && !inside) {
      this.#model.clear();
      return;
    }
    const find = () => this.#data ?? (JSON.parse(inside ?? '') as ModalityMapData);
    void this.#model.show(find, perplexity === null ? undefined : Number(perplexity));
  }

  #followTheme(): void {
    const theme = this.getAttribute('theme');
    this.#model.dark.value = theme === 'dark' || (theme !== 'light' && this.#prefersDark.matches);
  }

  /** Fires at each change from now on. */
  #announce(type: 'pointfocus' | 'pointselect', pointsNow: () => readonly Point[]): () => void {
    let isFirst = true;
    return effect(() => {
      const detail: PointsDetail = { points: pointsNow() };
      if (!isFirst) this.dispatchEvent(new CustomEvent(type, { detail, bubbles: true }));
      isFirst = false;
    });
  }
}
