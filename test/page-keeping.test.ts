import { beforeEach, describe, expect, test, vi } from 'vitest';
import type { MapStep } from '../examples/browser/src/engine/types.ts';
import { FakeEngine, settled } from './page/fake-engine.ts';
import { FakeFolder, FakeLocks } from './page/fake-storage.ts';

// Keeping and going on, with the real keeper on files in memory: what is asked meanwhile, and what must not be asked at all.

const fake = vi.hoisted(() => {
  const listeners = new Map<string, (event: Event) => void>();
  Object.assign(globalThis, {
    document: { hidden: true, baseURI: 'http://localhost/' },
    matchMedia: () => ({ matches: false, addEventListener: () => {} }),
    addEventListener: (kind: string, listener: (event: Event) => void) => listeners.set(kind, listener),
    removeEventListener: (kind: string) => listeners.delete(kind),
    location: { hash: '' },
    history: { replaceState: () => {} },
    BroadcastChannel: undefined,
  });
  return { engine: undefined as FakeEngine | undefined, keeper: undefined as unknown, listeners };
});
vi.mock('../examples/browser/src/engine/client.ts', () => ({
  engine: () => fake.engine?.remote,
  dropEngine: () => {},
}));
vi.mock('../examples/browser/src/keep/keeper-client.ts', () => ({ keeper: () => fake.keeper }));

const { Keeper } = await import('../examples/browser/src/keep/keeper.ts');
const { Store } = await import('../examples/browser/src/keep/store.ts');
const closing = await import('../examples/browser/src/state/closing.ts');
const grey = await import('../examples/browser/src/state/grey-window.ts');
const head = await import('../examples/browser/src/state/head.ts');
const keeping = await import('../examples/browser/src/state/keeping.ts');
const keptClosing = await import('../examples/browser/src/state/kept-closing.ts');
const maps = await import('../examples/browser/src/state/map.ts');
const look = await import('../examples/browser/src/state/map-look.ts');
const messages = await import('../examples/browser/src/state/messages.ts');
const opening = {
  ...(await import('../examples/browser/src/state/opening.ts')),
  ...(await import('../examples/browser/src/state/opening-task.ts')),
};
const selecting = await import('../examples/browser/src/state/selection.ts');
const { session } = await import('../examples/browser/src/state/session.ts');
const { dayOf } = await import('../examples/browser/src/views/kept-words.tsx');

const INFO = { name: 'tiny', fingerprint: 'f', logitScale: 10, embedDim: 2 };
const vectors = (rows: number) => ({ data: new Float32Array(2 * rows).fill(1), rows, dim: 2 });
const embedded = (n: number) => ({
  images: vectors(n),
  texts: vectors(n),
  madeBy: { program: 'p', remarked: { images: [], texts: [] } },
  kept: Array.from({ length: n }, (_, i) => i),
  skipped: [],
  truncated: 0,
  distances: new Float32Array(n).fill(1),
});
const files = (...names: string[]) => names.map((name) => ({ path: name, file: new File(['x'], name) }));
const step = (n: number): MapStep => ({
  iteration: 1000,
  klDivergence: 0.5,
  embedding: new Float32Array(4 * n).fill(1 / 3),
});
const texts = () => messages.messages.value.map(({ text }) => text);
const ids = () => session.pairs.value.map(({ id }) => id);
const asks = () => fake.listeners.has('beforeunload');
const viewIsKept = () => new Promise((resolve) => setTimeout(resolve, 1100));

let engine: FakeEngine;
let keeper: InstanceType<typeof Keeper>;
let root: FakeFolder;

beforeEach(async () => {
  engine = fake.engine = new FakeEngine();
  root = new FakeFolder();
  const locks = new FakeLocks();
  fake.keeper = keeper = new Keeper(async () => new Store(root.handle, locks));
  vi.stubGlobal('navigator', { storage: { persist: async () => true } });
  await keeping.forgetKept();
  messages.messages.value = [];
  look.colourMode.value = 'modality';
});
keeping.followKept();

async function open(...names: string[]): Promise<void> {
  const done = opening.openFiles(files(...names));
  await engine.answer('prepare', { info: INFO, embedded: embedded(names.length) });
  await done;
}

async function mapEnds(n: number): Promise<MapStep> {
  const { given, resolve } = await engine.next('map');
  const shown = step(n);
  await (given[1] as (step: MapStep) => Promise<void>)(shown);
  resolve(undefined);
  await settled();
  return shown;
}

/** As after a reload: nothing of the last session is left in the page. */
async function openAnother(): Promise<void> {
  await open('other.png');
  look.colourMode.value = 'modality';
  engine = fake.engine = new FakeEngine();
  messages.messages.value = [];
}

describe('going on', () => {
  test('asks the engine for the shift and nothing else of a map; everything is as it was', async () => {
    grey.windowKind.value = 'auto';
    await open('a.png', 'b.png', 'c.png');
    closing.moveSlider('means', 0.5);
    await engine.answer('show', new Float32Array(3).fill(0.5));
    await mapEnds(3);
    look.colourMode.value = 'label';
    selecting.select([{ modality: 'text', pair: 2 }], 'list');
    await new Promise((resolve) => setTimeout(resolve, 250)); // the shift stays, and the map settles
    await mapEnds(3);
    await keeping.keepSession();
    expect([keeping.isKept.value, asks()]).toEqual([true, false]);

    grey.windowKind.value = 'file';
    await openAnother();
    expect([keeping.isKept.value, asks()]).toEqual([false, true]);
    await keeping.goOn();
    expect(ids()).toEqual(['a.png', 'b.png', 'c.png']);
    await engine.answer('show', new Float32Array(3).fill(0.5));
    await new Promise((resolve) => setTimeout(resolve, 250));
    expect(engine.asked.filter((name) => ['map', 'prepare', 'adopt'].includes(name))).toEqual([]);
    expect(session.shown.value).toEqual({ kind: 'sliders', means: 0.5, shapes: 0 });
    expect([...selecting.selectedPoints.value]).toEqual([{ modality: 'text', pair: 2 }]);
    expect(maps.map.value).toMatchObject({ status: 'done', step: step(3), perplexity: 1 });
    expect([look.colourMode.value, grey.windowKind.value]).toEqual(['label', 'auto']);
    expect([opening.isWindowNew.value, keeping.isKept.value, asks()]).toEqual([false, true, false]);
    expect(texts()).toEqual([]);
    grey.windowKind.value = 'file';
  });

  test('with a trained head: it is there, its map too, and it was trained on these pairs', async () => {
    await open('a.png', 'b.png');
    await mapEnds(2);
    const training = head.trainHead();
    await engine.answer('trainHead', { report: { rows: { images: 2 } }, bytes: Uint8Array.of(7, 8, 9) });
    await training;
    await engine.answer('show', new Float32Array(2));
    await new Promise((resolve) => setTimeout(resolve, 250));
    await mapEnds(2);
    await keeping.keepSession();
    await openAnother();
    await keeping.goOn();
    const { given } = await engine.answer('loadClosing', {
      report: { rows: { images: 2 } },
      bytes: Uint8Array.of(7, 8, 9),
    });
    expect(new Uint8Array(await (given[0] as Blob).arrayBuffer())).toEqual(Uint8Array.of(7, 8, 9));
    await engine.answer('show', new Float32Array(2));
    await new Promise((resolve) => setTimeout(resolve, 250));
    expect(keptClosing.keptClosing.value?.trainedOn).toBe(session.pairs.value);
    expect(session.shown.value.kind).toBe('kept');
    expect(maps.map.value).toMatchObject({ status: 'done', shown: session.shown.value });
    expect(engine.asked.filter((name) => name === 'map')).toHaveLength(1); // begun before the head was there, and stopped
    expect(engine.asked).toContain('cancel');
  });

  test('to what was forgotten or damaged meanwhile leaves what is open, in words', async () => {
    await open('a.png');
    await keeping.keepSession();
    await openAnother();
    await keeper.forget();
    await keeping.goOn();
    expect([ids(), texts()]).toEqual([['other.png'], [expect.stringContaining('forgotten in another tab')]]);

    await keeping.keepSession();
    const kept = root.folders.get('biomedclip-kept')?.files;
    for (const name of kept?.keys() ?? []) if (name !== 'index') kept?.set(name, new Uint8Array());
    await openAnother();
    await keeping.goOn();
    expect([ids(), texts()]).toEqual([['other.png'], [expect.stringContaining('damaged and was removed')]]);
    expect(keeping.kept.value?.session).toBeUndefined();
  });
});

describe('keeping', () => {
  test('ends with its answer: news of progress may arrive after it, by a port of their own', async () => {
    await open('a.png', 'b.png');
    await mapEnds(2);
    const keep = keeper.keep.bind(keeper);
    let late = () => {};
    vi.spyOn(keeper, 'keep').mockImplementation((toKeep, onDone) => {
      late = () => onDone(2, 2);
      return keep(toKeep, onDone);
    });
    await keeping.keepSession();
    late();
    expect([keeping.isKept.value, keeping.keepingProgress.value]).toEqual([true, undefined]);
  });

  test('while another set is opened: the first is kept, and the second is not taken for it', async () => {
    await open('a.png', 'b.png');
    let goesOn: (_: unknown) => void = () => {};
    vi.spyOn(keeper, 'keep').mockImplementationOnce(async (...given) => {
      await new Promise((resolve) => {
        goesOn = resolve;
      });
      return keeper.keep(...given);
    });
    const keptFirst = keeping.keepSession();
    await open('c.png');
    goesOn(undefined);
    await keptFirst;
    expect(keeping.kept.value?.session?.pairs).toBe(2);
    expect([keeping.isKept.value, asks()]).toEqual([false, true]);
    selecting.select([{ modality: 'image', pair: 0 }], 'list');
    await viewIsKept();
    expect((await keeper.session())?.view?.text).not.toContain('selected');
  });

  test('the view of a kept session follows, of others never', async () => {
    await open('a.png', 'b.png');
    await mapEnds(2);
    await keeping.keepSession();
    selecting.select([{ modality: 'image', pair: 1 }], 'map');
    await viewIsKept();
    expect((await keeper.session())?.view).toMatchObject({ text: 'selected=m.i1', map: { step: step(2) } });
    await open('c.png', 'd.png');
    selecting.select([{ modality: 'image', pair: 0 }], 'map');
    await viewIsKept();
    expect((await keeper.session())?.view?.text).toBe('selected=m.i1');
  });

  test('during a descent: its places are not kept as those of a map that is done', async () => {
    await open('a.png', 'b.png');
    const { given } = await engine.next('map');
    await (given[1] as (step: MapStep) => Promise<void>)(step(2));
    await keeping.keepSession();
    expect((await keeper.session())?.view?.map).toBeUndefined();
    await openAnother();
    await keeping.goOn();
    expect([engine.waits('map'), maps.mapStatus.value]).toEqual([true, 'running']);
  });

  test('without room says so, and leaving asks as before', async () => {
    vi.stubGlobal('navigator', { storage: { estimate: async () => ({ quota: 3e6, usage: 1e6 }) } });
    root.room.bytes = 0;
    await open('a.png');
    await keeping.keepSession();
    expect(keeping.keepingTrouble.words).toContain('no room for it: about 2.0 MB');
    expect([keeping.isKept.value, asks(), keeping.keepingProgress.value]).toEqual([false, true, undefined]);
  });
});

describe('leaving asks first', () => {
  test('not with pairs that were embedded before, nor with nothing but the example set', async () => {
    await open('a.png');
    expect(asks()).toBe(true);
    await opening.openSaved('Reading', async () => ({
      vectors: { images: vectors(1), texts: vectors(1) },
      space: { name: 'tiny', fingerprint: 'f', dim: 2 },
      pairs: [{ id: 'a', caption: '', label: '', image: undefined }],
      notes: [],
    }));
    expect(asks()).toBe(false);
    vi.stubGlobal(
      'fetch',
      async (url: URL) => new Response(url.href.endsWith('.csv') ? 'image,caption\na.png,a\n' : 'x'),
    );
    const example = opening.openExampleSet();
    await engine.answer('prepare', { info: INFO, embedded: embedded(1) });
    await example;
    vi.unstubAllGlobals();
    expect([ids(), asks()]).toEqual([['a.png'], false]);
    const again = opening.embedAgain();
    await engine.answer('prepare', { info: INFO, embedded: embedded(1) });
    await again;
    expect(asks()).toBe(false);
  });
});

test.each([
  ['2026-11-27T00:00:01', 'today'],
  ['2026-11-26T23:59:59', 'yesterday'],
  ['2026-11-24T12:00:00', 'on Tuesday'],
  ['2026-11-20T12:00:00', 'on 20 November 2026'],
  ['2026-11-28T12:00:00', 'on 28 November 2026'],
])('%s was %s', (then, words) => {
  expect(dayOf(then, new Date('2026-11-27T18:00:00'))).toBe(words);
});
