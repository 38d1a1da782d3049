/** Pixels of a side of a thumbnail, and how many lie side by side: 256 in 4 MiB. */
const CELL = 64;
const COLUMNS = 16;
const MOST = COLUMNS * COLUMNS;
/** So many come into sight at once. */
const BATCH = 12;

/** Where each cell lies, as deck.gl wants it. */
export const ATLAS_CELLS = Object.fromEntries(
  Array.from({ length: MOST }, (_, cell) => [
    String(cell),
    {
      x: CELL * (cell % COLUMNS),
      y: CELL * Math.floor(cell / COLUMNS),
      width: CELL,
      height: CELL,
      mask: false,
    },
  ]),
);

/** Small round pictures of images, loaded while nothing else is to be done, and given up for those wanted later. */
export class ThumbnailAtlas {
  readonly #canvas = new OffscreenCanvas(CELL * COLUMNS, CELL * COLUMNS);
  readonly #context = this.#canvas.getContext('2d', { willReadFrequently: true });
  readonly #unreadable = new WeakSet<Blob>();
  /** The cell of each image, those that were wanted last at the end. */
  readonly #cells = new Map<Blob, number>();
  #shown: ReadonlyMap<Blob, number> = new Map();
  #picture: ImageData | undefined;
  #wanted: readonly Blob[] = [];
  #isLoading = false;
  #isClosed = false;

  /** @param onLoaded there are more of them */
  constructor(private readonly onLoaded: () => void) {}

  /** All cells; undefined before the first. */
  get picture(): ImageData | undefined {
    return this.#picture;
  }

  /** The cell of an image in the picture, if it is there. */
  cellOf(image: Blob): number | undefined {
    return this.#shown.get(image);
  }

  want(images: readonly Blob[]): void {
    this.#wanted = images.slice(0, MOST);
    for (const image of this.#wanted) {
      const cell = this.#cells.get(image);
      if (cell === undefined) continue;
      this.#cells.delete(image);
      this.#cells.set(image, cell);
    }
    void this.#load();
  }

  close(): void {
    this.#isClosed = true;
    this.#cells.clear();
    this.#shown = new Map();
    this.#picture = undefined;
  }

  async #load(): Promise<void> {
    if (this.#isLoading) return;
    this.#isLoading = true;
    for (let drawn = 0; !this.#isClosed; ) {
      const next = this.#wanted.find((image) => !this.#cells.has(image) && !this.#unreadable.has(image));
      if (next) {
        await idle();
        if (await this.#draw(next)) drawn += 1;
      }
      if (drawn > 0 && (!next || drawn === BATCH)) {
        drawn = 0;
        this.#publish();
      }
      if (!next) break;
    }
    this.#isLoading = false;
  }

  /** Whether the browser could read it: it reads no DICOM. */
  async #draw(image: Blob): Promise<boolean> {
    const bitmap = await createImageBitmap(image, { resizeWidth: 2 * CELL, resizeQuality: 'medium' }).catch(
      () => undefined,
    );
    if (!bitmap) this.#unreadable.add(image);
    if (!bitmap || this.#isClosed) return false;
    const cell = this.#freeCell();
    this.#cells.set(image, cell);
    const [x, y] = [CELL * (cell % COLUMNS), CELL * Math.floor(cell / COLUMNS)];
    const side = Math.min(bitmap.width, bitmap.height);
    const [left, top] = [(bitmap.width - side) / 2, (bitmap.height - side) / 2];
    const context = this.#context;
    if (context) {
      context.save();
      context.clearRect(x, y, CELL, CELL);
      context.beginPath();
      context.arc(x + CELL / 2, y + CELL / 2, CELL / 2, 0, 2 * Math.PI);
      context.clip();
      context.drawImage(bitmap, left, top, side, side, x, y, CELL, CELL);
      context.restore();
    }
    bitmap.close();
    return true;
  }

  /** One that nobody has, or that of the image whose turn was longest ago. */
  #freeCell(): number {
    if (this.#cells.size < MOST) return this.#cells.size;
    const [[oldest, cell] = []] = this.#cells;
    if (oldest) this.#cells.delete(oldest);
    return cell ?? 0;
  }

  #publish(): void {
    this.#picture = this.#context?.getImageData(0, 0, this.#canvas.width, this.#canvas.height);
    this.#shown = new Map(this.#cells);
    this.onLoaded();
  }
}

function idle(): Promise<void> {
  return new Promise((resolve) => {
    if ('requestIdleCallback' in globalThis) requestIdleCallback(() => resolve(), { timeout: 500 });
    else setTimeout(resolve, 0); // Safari
  });
}
