import type { BiomedClip } from 'biomedclip-webgpu';
import { beforeEach, describe, expect, test, vi } from 'vitest';
import { pairsOf } from '../examples/browser/src/keep/facts.ts';
import { Keeper, type SessionToKeep } from '../examples/browser/src/keep/keeper.ts';
import type { KeptView } from '../examples/browser/src/keep/kept-view.ts';
import { knownRows } from '../examples/browser/src/keep/known-rows.ts';
import { Store } from '../examples/browser/src/keep/store.ts';
import { OtherFramesError } from '../src/image/errors.ts';
import { FakeFolder, FakeLocks } from './page/fake-storage.ts';

// What the page keeps in a browser: its format, damage, versions, room, and two tabs at once.

vi.mock('biomedclip-webgpu', () => import('../src/image/errors.ts')); // all that is used of it here
const { embedMissing } = await import('../examples/browser/src/engine/embed-missing.ts');

const DIM = 3;
let root: FakeFolder;
let locks: FakeLocks;
let keeper: Keeper;
const store = () => new Store(root.handle, locks);
const tab = () => new Keeper(async () => store());
const nobody = () => {};

beforeEach(() => {
  root = new FakeFolder();
  locks = new FakeLocks();
  keeper = tab();
});

/** Rows that say which image or text they are of. */
const rows = (names: readonly string[], of: number) => ({
  data: Float32Array.from(names.flatMap((name) => [name.charCodeAt(0), of, 1 / 3])),
  rows: names.length,
  dim: DIM,
  ids: names,
});
const pairOf = (name: string) => ({
  id: name,
  caption: `caption of ${name}`,
  label: 'class',
  group: undefined,
  image: new File([`bytes of ${name}`], name, { type: 'image/png' }),
});
const VIEW: KeptView = {
  text: 'colour=label&selected=l.i1',
  map: {
    step: { iteration: 1000, klDivergence: 0.25, embedding: Float32Array.of(1, 2, 3, 1 / 3) },
    perplexity: 2.5,
    shown: { kind: 'sliders', means: 1, shapes: 0.5 },
    isWhole: true,
  },
  closing: { name: 'head', trainedOn: 2, bytes: Uint8Array.of(1, 2, 3, 4, 5) },
  showsClosing: true,
};

function sessionOf(names: readonly string[], changes: Partial<SessionToKeep> = {}): SessionToKeep {
  return {
    pairs: names.map(pairOf),
    vectors: {
      images: rows(names, 0),
      texts: rows(names, 1),
      labels: names.map(() => 'class'),
      madeBy: { program: 'model 1', remarked: { images: [], texts: [] } },
    },
    space: { name: 'tiny', fingerprint: 'f', dim: DIM, logitScale: 10 },
    window: undefined,
    view: VIEW,
    ...changes,
  };
}

const files = () => root.folders.get('biomedclip-kept')?.files ?? new Map<string, Uint8Array<ArrayBuffer>>();
const index = () => new TextDecoder().decode(files().get('index'));
const read = async () => (await keeper.session()) ?? expect.fail('nothing is kept');
/** The name of the piece that the index names so. */
const pieceName = (pattern: RegExp) => pattern.exec(index())?.[1] ?? expect.fail(`no ${pattern}`);
const FACTS = /"facts":\{"name":"([\w-]+)"/;
const PICTURES = /"pictures":\{"name":"([\w-]+)"/;
const VIEW_FILE = /"view":\{"name":"([\w-]+)"/;
const PACK = /"piece":\{"name":"([\w-]+)"/;

function known(
  names: readonly string[],
  { program = 'model 1', window = undefined as 'auto' | undefined } = {},
) {
  return knownRows(store(), program, names.map(pairOf), window, nobody, new AbortController().signal);
}

describe('a browser that cannot remove a file yet', () => {
  test('keeps the new session, and what it left goes with the next change', async () => {
    await keeper.keep(sessionOf(['a.png']), nobody);
    const folder = root.folders.get('biomedclip-kept') ?? expect.fail('nothing is kept');
    const remove = vi.spyOn(folder, 'removeEntry');
    remove.mockRejectedValueOnce(new DOMException('in use', 'NoModificationAllowedError'));
    const isNamed = (name: string) => name === 'index' || index().includes(name);
    await keeper.keep(sessionOf(['b.png']), nobody);
    expect((await read()).facts.pairs.map(({ id }) => id)).toEqual(['b.png']);
    expect([...files().keys()].every(isNamed)).toBe(false);
    await keeper.keep(sessionOf(['c.png']), nobody);
    expect((await read()).facts.pairs.map(({ id }) => id)).toEqual(['c.png']);
    expect([...files().keys()].every(isNamed)).toBe(true);
  });
});

describe('a session', () => {
  test('is read as it was kept: vectors, facts, images, window and view', async () => {
    const told: number[] = [];
    const summary = await keeper.keep(sessionOf(['a.png', 'b.png'], { window: 'auto' }), (done) =>
      told.push(done),
    );
    expect(told).toEqual([1, 2]);
    const { session, facts, vectors, pictures, view, notes } = await read();
    expect(summary).toMatchObject({ embedded: 2, session: { id: session.id, pairs: 2 } });
    expect(summary.bytes).toBe(
      [...files()].reduce((sum, [name, { length }]) => sum + (name === 'index' ? 0 : length), 0),
    );
    expect(session).toMatchObject({
      window: 'auto',
      images: 'originals',
      imageCount: 2,
      space: { name: 'tiny', logitScale: 10 },
    });
    expect(vectors).toEqual(sessionOf(['a.png', 'b.png']).vectors);
    expect(view).toEqual(VIEW);
    expect(notes).toEqual([]);
    const pairs = pairsOf(facts, pictures, true);
    expect(pairs.map(({ id, caption, label }) => [id, caption, label])).toEqual([
      ['a.png', 'caption of a.png', 'class'],
      ['b.png', 'caption of b.png', 'class'],
    ]);
    expect(await Promise.all(pairs.map(({ image }) => image?.text()))).toEqual([
      'bytes of a.png',
      'bytes of b.png',
    ]);
    expect(pairs[1]?.image).toMatchObject({ type: 'image/png' });
  });

  test('of more images than are kept has thumbnails, which are no images to embed, and their sizes', async () => {
    const large = Object.defineProperty(new File(['large'], 'a.png'), 'size', { value: 200_000_001 });
    vi.stubGlobal('createImageBitmap', async () => ({ width: 400, height: 200, close: nobody }));
    vi.stubGlobal(
      'OffscreenCanvas',
      class {
        constructor(
          readonly width: number,
          readonly height: number,
        ) {}
        getContext = () => ({ drawImage: nobody });
        convertToBlob = async () => new Blob([`${this.width}x${this.height}`], { type: 'image/webp' });
      },
    );
    const pairs = [
      { ...pairOf('a.png'), image: large },
      { ...pairOf('b.png'), image: undefined },
    ];
    await keeper.keep(sessionOf(['a.png', 'b.png'], { pairs }), nobody);
    vi.unstubAllGlobals();
    const { session, facts, pictures } = await read();
    expect(session).toMatchObject({ images: 'thumbnails', imageCount: 1 });
    const [first, second] = pairsOf(facts, pictures, false);
    expect(first).toMatchObject({ image: undefined, imageBytes: 200_000_001 });
    expect(await first?.thumbnail?.text()).toBe('192x96');
    expect(second?.thumbnail).toBeUndefined();
  });

  test('without images, a name or a map', async () => {
    const pairs = [{ ...pairOf('a.png'), image: undefined }];
    const view = { text: '', map: undefined, closing: undefined, showsClosing: false };
    const space = { name: undefined, fingerprint: undefined, dim: DIM };
    const { images, texts } = sessionOf(['a.png']).vectors;
    await keeper.keep(sessionOf(['a.png'], { pairs, view, space, vectors: { images, texts } }), nobody);
    const kept = await read();
    expect(kept).toMatchObject({
      view,
      pictures: undefined,
      session: { images: 'none', space: { dim: DIM } },
    });
    expect((await known(['a.png'])).images).toEqual([]); // embedded elsewhere: by whatever program
  });

  test('of images that went meanwhile is not kept, in words, and the last one is', async () => {
    await keeper.keep(sessionOf(['a.png']), nobody);
    const image = pairOf('b.png').image;
    image.arrayBuffer = () => Promise.reject(new DOMException('gone', 'NotReadableError'));
    const pairs = [{ ...pairOf('b.png'), image }];
    await expect(keeper.keep(sessionOf(['b.png'], { pairs }), nobody)).rejects.toThrow(
      'b.png cannot be read any more',
    );
    expect((await read()).session.pairs).toBe(1);
    expect((await read()).facts.pairs[0]?.id).toBe('a.png');
  });

  test('takes the place of the last one, of which the embeddings alone stay', async () => {
    await keeper.keep(sessionOf(['a.png', 'b.png']), nobody);
    const summary = await keeper.keep(sessionOf(['c.png']), nobody);
    expect(summary).toMatchObject({ embedded: 3, session: { pairs: 1 } });
    expect(files().size).toBe(1 + 3 + 2); // index; facts, pictures, view; packs
    expect(await keeper.keepView('another', VIEW)).toBe(false);
  });

  test('its view follows, and nothing else is written', async () => {
    const { session } = await keeper.keep(sessionOf(['a.png']), nobody);
    const before = pieceName(PACK);
    expect(
      await keeper.keepView(session?.id ?? '', { ...VIEW, text: 'colour=modality', closing: undefined }),
    ).toBe(true);
    expect((await read()).view).toMatchObject({ text: 'colour=modality', closing: undefined, map: VIEW.map });
    expect(pieceName(PACK)).toBe(before);
    expect(files().size).toBe(5);
  });

  test('forgotten, everything is gone', async () => {
    await keeper.keep(sessionOf(['a.png']), nobody);
    await keeper.forget();
    expect([root.folders.size, await keeper.summary(), await keeper.session()]).toEqual([
      0,
      undefined,
      undefined,
    ]);
    await keeper.forget();
  });
});

describe('embeddings by content', () => {
  test('the same bytes and captions are known under any name, others are not', async () => {
    await keeper.keep(sessionOf(['a.png', 'b.png']), nobody);
    const { images, texts } = await known(['b.png', 'c.png']);
    expect(images).toEqual([Float32Array.of(98, 0, 1 / 3), undefined]);
    expect(texts).toEqual([Float32Array.of(98, 1, 1 / 3), undefined]);
  });

  test('images by another window are not known, but captions are; by another model or program nothing is', async () => {
    await keeper.keep(sessionOf(['a.png']), nobody);
    const { images, texts } = await known(['a.png'], { window: 'auto' });
    expect([images, texts.length]).toEqual([[undefined], 1]);
    expect((await known(['a.png'], { program: 'model 2' })).texts).toEqual([]);
  });

  test('of which something was said are embedded, and said, again', async () => {
    const { vectors } = sessionOf(['a.png', 'b.png']);
    const madeBy = { program: 'model 1', remarked: { images: [0], texts: [1] } };
    await keeper.keep(sessionOf(['a.png', 'b.png'], { vectors: { ...vectors, madeBy } }), nobody);
    const { images, texts } = await known(['a.png', 'b.png']);
    expect([images.map(Boolean), texts.map(Boolean)]).toEqual([
      [false, true],
      [true, false],
    ]);
  });

  test('of earlier sessions stay known, once each', async () => {
    await keeper.keep(sessionOf(['a.png']), nobody);
    await keeper.keep(sessionOf(['b.png']), nobody);
    const { embedded } = await keeper.keep(sessionOf(['b.png', 'c.png']), nobody);
    expect(embedded).toBe(3); // a; b and c
    expect((await known(['a.png', 'b.png', 'c.png'])).images.every(Boolean)).toBe(true);
  });

  test('nothing is hashed or known where nothing is kept', async () => {
    expect(await known(['a.png'])).toEqual({ images: [], texts: [] });
    expect(root.folders.size).toBe(0);
  });
});

describe('what is not known is embedded', () => {
  const calls: { images: string[]; texts: string[] }[] = [];
  /** Embeds by the first letter of a name; y.png cannot be read, long captions are cut, and a warning is of w.png. */
  const model = {
    embedBatch: async (
      inputs: { images: { id: string }[]; texts: { id: string; text: string }[] },
      { onWarning }: { onWarning: (warning: Error) => void },
    ) => {
      const images = inputs.images.map(({ id }) => id);
      const captions = inputs.texts.map(({ id }) => id);
      calls.push({ images, texts: captions });
      if (images.includes('w.png')) onWarning(new OtherFramesError([{ id: 'w.png', frames: 3 }]));
      const lost = images.indexOf('y.png');
      return {
        images: rows(
          images.filter((id) => id !== 'y.png'),
          0,
        ),
        texts: rows(captions, 1),
        skipped: lost < 0 ? [] : [{ kind: 'image', index: lost, id: 'y.png', error: new Error('y.png') }],
        truncated: captions.flatMap((id, i) => (id === 'x.png' ? [i] : [])),
      };
    },
  } as unknown as BiomedClip; // what is called of it is there

  beforeEach(() => {
    calls.length = 0;
  });

  test('each row in its place, and what is skipped, cut or warned of by its pair', async () => {
    await keeper.keep(sessionOf(['a.png', 'b.png']), nobody);
    const names = ['x.png', 'a.png', 'y.png', 'w.png', 'b.png'];
    const pairs = names.map(pairOf);
    const { images, texts, ...told } = await embedMissing(
      model,
      { pairs, window: undefined },
      await known(names),
      {},
    );
    expect(calls).toEqual([{ images: ['x.png', 'y.png', 'w.png'], texts: ['x.png', 'y.png', 'w.png'] }]);
    const letters = (side: ReadonlyMap<number, Float32Array>) =>
      names.map((_, i) => String.fromCharCode(side.get(i)?.[0] ?? 45));
    expect([letters(images).join(''), letters(texts).join('')]).toEqual(['xa-wb', 'xaywb']);
    expect([images.get(4)?.[1], texts.get(4)?.[1]]).toEqual([0, 1]);
    expect(told).toEqual({
      skipped: [{ kind: 'image', index: 2, error: new Error('y.png') }],
      truncated: [0],
      warned: [3],
    });
  });

  test('where all is known, the model is asked nothing', async () => {
    await keeper.keep(sessionOf(['a.png', 'b.png']), nobody);
    const pairs = ['b.png'].map(pairOf);
    const { images } = await embedMissing(model, { pairs, window: undefined }, await known(['b.png']), {});
    expect([calls, images.get(0)?.[0]]).toEqual([[], 98]);
  });
});

describe('damage', () => {
  const cut = (name: string) => files().set(name, files().get(name)?.slice(0, -1) ?? new Uint8Array());
  const flip = (name: string) => {
    const bytes = files().get(name) ?? expect.fail(name);
    bytes[bytes.length >> 1] = (bytes[bytes.length >> 1] ?? 0) ^ 1;
  };

  beforeEach(async () => {
    await keeper.keep(sessionOf(['a.png', 'b.png']), nobody);
  });

  test.each([
    ['the embeddings', PACK, cut, /damaged and was removed: the embeddings: 175 of 176 bytes are there/],
    ['the embeddings', PACK, flip, /the embeddings: not as it was written/],
    ['the captions', FACTS, flip, /the captions: not as it was written/],
    ['the captions', FACTS, (name: string) => files().delete(name), /the captions: the file is gone/],
  ])('of %s: the session is removed in words, never opened', async (_, piece, harm, words) => {
    harm(pieceName(piece));
    await expect(keeper.session()).rejects.toThrow(words);
    expect((await keeper.summary())?.session).toBeUndefined();
    expect(await keeper.session()).toBeUndefined();
  });

  test('of embeddings: they are not known', async () => {
    flip(pieceName(PACK));
    expect((await known(['a.png'])).images).toEqual([]);
  });

  test.each([
    ['the images', PICTURES, 'pictures'],
    ['map and view', VIEW_FILE, 'view'],
  ] as const)('of %s: the session opens without, in words', async (what, piece, part) => {
    flip(pieceName(piece));
    const kept = await read();
    expect(kept[part]).toBeUndefined();
    expect(kept.notes).toEqual([expect.stringContaining(`${what}: not as it was written`)]);
    expect(pairsOf(kept.facts, kept.pictures, true)).toHaveLength(2);
  });

  test.each([
    ['half written', (text: string) => text.slice(0, -20), /since its index is not as it was written/],
    ['changed', (text: string) => text.replace('"pairs":2', '"pairs":3'), /since its index is not as it was/],
    ['empty', () => '', /since its index is not as it was written/],
    [
      'of another version',
      (text: string) => text.replace('kept 1 ', 'kept 2 '),
      /since it is in format 2, of another version of this page, which reads 1/,
    ],
  ])('an index that is %s: all is removed in words', async (_, harm, words) => {
    files().set('index', new TextEncoder().encode(harm(index())));
    expect((await known(['a.png']).catch(() => undefined))?.images ?? []).toEqual([]);
    await expect(keeper.summary()).rejects.toThrow(words);
    expect([root.folders.size, await keeper.summary()]).toEqual([0, undefined]);
  });

  test('what an interrupted change left goes with the next one', async () => {
    files().set('orphan', Uint8Array.of(1));
    const { session } = (await keeper.summary()) ?? {};
    await keeper.keepView(session?.id ?? '', VIEW);
    expect(files().has('orphan')).toBe(false);
  });
});

describe('room', () => {
  test.each([0, 200, 400, 600])(
    'none after %i bytes: said, and what was kept before is as it was',
    async (bytes) => {
      vi.stubGlobal('navigator', {
        storage: { estimate: async () => ({ quota: 5_000_000, usage: 2_000_000 }) },
      });
      await keeper.keep(sessionOf(['a.png', 'b.png']), nobody);
      const before = new Map(files());
      root.room.bytes = bytes;
      await expect(keeper.keep(sessionOf(['c.png', 'd.png']), nobody)).rejects.toThrow(
        'This browser has no room for it: about 3.0 MB are left to this page.',
      );
      vi.unstubAllGlobals();
      expect(new Map(files())).toEqual(before);
      expect((await read()).facts.pairs[0]?.id).toBe('a.png');
    },
  );
});

describe('two tabs', () => {
  test('keep at once: one after the other, and the last is whole', async () => {
    const other = tab();
    await Promise.all([
      keeper.keep(sessionOf(['a.png', 'b.png']), nobody),
      other.keep(sessionOf(['c.png']), nobody),
      keeper.session(),
      other.summary(),
    ]);
    expect(locks.most).toBe(1);
    const kept = await read();
    expect(kept.notes).toEqual([]);
    expect(kept.vectors.images.rows).toBe(kept.session.pairs);
    expect((await keeper.summary())?.embedded).toBe(3);
  });

  test('one replaces, or forgets, what the other goes on keeping the view of', async () => {
    const { session } = await keeper.keep(sessionOf(['a.png']), nobody);
    await tab().keep(sessionOf(['b.png']), nobody);
    expect(await keeper.keepView(session?.id ?? '', VIEW)).toBe(false);
    await tab().forget();
    expect(await keeper.keepView(session?.id ?? '', VIEW)).toBe(false);
    expect((await keeper.summary())?.session).toBeUndefined();
  });
});
