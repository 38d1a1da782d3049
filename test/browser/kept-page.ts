import { pairsOf } from '../../examples/browser/src/keep/facts.ts';
import { Keeper, type SessionToKeep } from '../../examples/browser/src/keep/keeper.ts';

/** A session that is kept, whose every part says of which it is. */
export interface KeptParts {
  /** `undefined` where nothing is kept. */
  readonly of: readonly string[] | undefined;
  readonly notes: readonly string[];
}

const PAIRS = 6;
const IMAGE_BYTES = 100_000;
const DIM = 512;

function sessionOf(tag: string): SessionToKeep {
  const ids = Array.from({ length: PAIRS }, (_, i) => `${tag}-${i}.png`);
  const rows = (of: number) => ({
    data: new Float32Array(PAIRS * DIM).fill(tag.charCodeAt(0) + of / 4),
    rows: PAIRS,
    dim: DIM,
    ids,
  });
  return {
    pairs: ids.map((id) => ({
      id,
      caption: `caption of ${tag}`,
      label: tag,
      group: undefined,
      image: new File([tag.repeat(IMAGE_BYTES)], id, { type: 'image/png' }),
    })),
    vectors: { images: rows(0), texts: rows(1), labels: ids.map(() => tag), madeBy: undefined },
    space: { name: tag, fingerprint: tag, dim: DIM, logitScale: 10 },
    window: undefined,
    view: { text: `selected=${tag}`, map: undefined, closing: undefined, showsClosing: false },
  };
}

/** What the test asks of the page. */
const kept = {
  async keep(tag: string): Promise<number> {
    const begun = performance.now();
    await new Keeper().keep(sessionOf(tag), () => {});
    return performance.now() - begun;
  },

  /** The tags that the parts of what is kept have, and what is not as it was kept. */
  async read(): Promise<KeptParts> {
    const read = await new Keeper().session();
    if (!read) return { of: undefined, notes: [] };
    const { session, facts, vectors, pictures, view, notes } = read;
    const tag = session.space.name ?? '';
    const whole = sessionOf(tag);
    const pairs = pairsOf(facts, pictures, true);
    const images = await Promise.all(pairs.map(async ({ image }) => (await image?.text()) ?? ''));
    const wrong = [
      ...(pairs.length === PAIRS ? [] : [`${pairs.length} pairs`]),
      ...images.flatMap((text, i) => (text === tag.repeat(IMAGE_BYTES) ? [] : [`image ${i}`])),
      ...(isSame(vectors.images.data, whole.vectors.images.data) ? [] : ['vectors of images']),
      ...(isSame(vectors.texts.data, whole.vectors.texts.data) ? [] : ['vectors of texts']),
    ];
    const text = view?.text.replace('selected=', '') ?? 'no view';
    return { of: [...new Set([tag, text, ...pairs.flatMap(labelAndTag)])], notes: [...notes, ...wrong] };
  },

  /** The names of all files in the origin's private file system. */
  async files(): Promise<string[]> {
    const names: string[] = [];
    for await (const folder of (await navigator.storage.getDirectory()).values())
      if (folder instanceof FileSystemDirectoryHandle)
        for await (const name of folder.keys()) names.push(name);
    return names;
  },

  forget: () => new Keeper().forget(),
};

function labelAndTag({ label, caption }: { readonly label?: string; readonly caption: string }): string[] {
  return [label ?? '', caption.replace('caption of ', '')];
}

function isSame(a: Float32Array, b: Float32Array): boolean {
  return a.length === b.length && a.every((value, i) => value === b[i]);
}

declare global {
  interface Window {
    readonly kept: typeof kept;
  }
}
Object.assign(window, { kept });
document.title = 'ready';
