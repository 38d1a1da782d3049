import type { PairInput, WindowChoice } from '../engine/types.ts';
import { windowName } from './kept-index.ts';
import { keyOf, readPack } from './packs.ts';
import type { Store } from './store.ts';

/** Of images and of texts in their order: rows that were embedded before; undefined for those to embed. */
export interface KnownRows {
  readonly images: readonly (Float32Array | undefined)[];
  readonly texts: readonly (Float32Array | undefined)[];
}

const NOTHING_KNOWN: KnownRows = { images: [], texts: [] };

type Rows = Map<string, Float32Array>;

/**
 * What this browser keeps of the same images and captions, by their content: embedded by the same program and model, and images
 * by the same window.
 * @param onDone hears of each pair
 */
export async function knownRows(
  store: Store,
  madeBy: string,
  pairs: readonly PairInput[],
  window: WindowChoice | undefined,
  onDone: (done: number) => void,
  signal: AbortSignal,
): Promise<KnownRows> {
  const known = await store.read(async ({ packs }, folder) => {
    const rows: Record<'images' | 'texts', Rows> = { images: new Map(), texts: new Map() };
    for (const kept of packs.filter((pack) => pack.madeBy === madeBy)) {
      const pack = await readPack(folder, kept).catch(() => undefined); // damaged: it is embedded again
      if (pack && kept.window === windowName(window)) addRows(rows.images, pack.images, pack.keys.images);
      if (pack) addRows(rows.texts, pack.texts, pack.keys.texts);
    }
    return rows;
  });
  if (!known || known.images.size + known.texts.size === 0) return NOTHING_KNOWN;
  const images: (Float32Array | undefined)[] = [];
  const texts: (Float32Array | undefined)[] = [];
  for (const { image, caption } of pairs) {
    signal.throwIfAborted();
    images.push(known.images.get(await keyOf(image).catch(() => ''))); // one that cannot be read is told of when embedded
    texts.push(known.texts.get(await keyOf(caption)));
    onDone(images.length);
  }
  return { images, texts };
}

function addRows(
  to: Rows,
  { data, dim }: { data: Float32Array; dim: number },
  keys: readonly string[],
): void {
  for (const [row, key] of keys.entries()) if (key) to.set(key, data.subarray(row * dim, (row + 1) * dim));
}
