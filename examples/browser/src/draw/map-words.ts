import { anchorOf, type MapMarks } from './map-marks.ts';
import { type MapScene, markSizes } from './map-scene.ts';
import { type MapView, type Size, toPixels } from './map-view.ts';

const FONT = 'Inter, system-ui, "Segoe UI", Roboto, Arial, sans-serif';
const NAME = { font: `600 13px ${FONT}`, height: 13, padding: [5, 2], paper: 215 } as const;
const WORDS = { font: `11px ${FONT}`, height: 11, padding: [2, 1], paper: 190 } as const;
/** What is not highlighted. */
const FADED = 60;

type Look = typeof NAME | typeof WORDS;

/** Names of regions and the first words of texts, over the map: a canvas draws a line of text at once, WebGL each letter. */
export class MapWords {
  readonly #canvas = document.createElement('canvas');
  readonly #context = this.#canvas.getContext('2d');

  constructor(parent: HTMLElement) {
    Object.assign(this.#canvas.style, { position: 'absolute', inset: '0', width: '100%', height: '100%' });
    this.#canvas.style.pointerEvents = 'none';
    this.#canvas.setAttribute('aria-hidden', 'true');
    parent.append(this.#canvas);
  }

  draw(scene: MapScene, { names, words }: MapMarks, view: MapView, size: Size, density: number): void {
    const context = this.#cleared(size, density);
    if (!context) return;
    const { points, highlighted, ink, paper } = scene;
    const beside = markSizes(scene).radius + 5;
    const colours = { ink: ink.join(' '), paper: paper.join(' ') };
    for (const { row, text } of words) {
      const [x, y] = toPixels(view, size, points[2 * row] ?? 0, points[2 * row + 1] ?? 0);
      const alpha = !highlighted || highlighted.has(row) ? 255 : FADED;
      write(context, text, [x + beside, y], WORDS, 'start', colours, alpha);
    }
    for (const region of names) {
      const at = toPixels(view, size, region.at[0], region.at[1]);
      write(context, region.name, at, NAME, anchorOf(region), colours, 255);
    }
  }

  destroy(): void {
    this.#canvas.remove();
  }

  #cleared({ width, height }: Size, density: number): CanvasRenderingContext2D | null {
    const [across, down] = [Math.round(width * density), Math.round(height * density)];
    if (this.#canvas.width !== across) this.#canvas.width = across;
    if (this.#canvas.height !== down) this.#canvas.height = down;
    this.#context?.setTransform(density, 0, 0, density, 0, 0);
    this.#context?.clearRect(0, 0, width, height);
    return this.#context;
  }
}

/** A line on a strip of paper. @param colours red, green and blue, as CSS has them */
function write(
  context: CanvasRenderingContext2D,
  text: string,
  [x, y]: readonly [number, number],
  look: Look,
  anchor: 'start' | 'middle' | 'end',
  colours: Readonly<Record<'ink' | 'paper', string>>,
  alpha: number,
): void {
  context.font = look.font;
  context.textBaseline = 'middle';
  const { width } = context.measureText(text);
  const left = x - { start: 0, middle: width / 2, end: width }[anchor];
  const [aside, above] = look.padding;
  context.fillStyle = `rgb(${colours.paper} / ${look.paper / 255})`;
  const height = 1.2 * look.height + 2 * above;
  context.fillRect(left - aside, y - height / 2, width + 2 * aside, height);
  context.fillStyle = `rgb(${colours.ink} / ${alpha / 255})`;
  context.fillText(text, left, y);
}
