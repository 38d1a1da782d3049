import { beforeEach, describe, expect, test, vi } from 'vitest';
import type { MapScene } from '../examples/browser/src/draw/map-scene.ts';
import type { MapStep } from '../examples/browser/src/engine/types.ts';
import { FakeEngine, settled } from './page/fake-engine.ts';

// What the page has open, where two things happen at once: the engine's answers come when a test says so.

const fake = vi.hoisted(() => {
  Object.assign(globalThis, {
    document: { hidden: true, baseURI: 'http://localhost/' },
    matchMedia: () => ({ matches: false, addEventListener: () => {} }),
  });
  return { engine: undefined as FakeEngine | undefined };
});
vi.mock('../examples/browser/src/engine/client.ts', () => ({
  engine: () => fake.engine?.remote,
  dropEngine: () => {
    if (fake.engine) fake.engine.calls = [];
  },
}));

const { shareOf } = await import('../examples/browser/src/draw/heatmap-view.ts');
const { mapSvg } = await import('../examples/browser/src/export/map-svg.ts');
const { allRecords } = await import('../examples/browser/src/export/tables.ts');
const { PointSet, pointOfRow, rowOf } = await import('../examples/browser/src/session/points.ts');
const closing = await import('../examples/browser/src/state/closing.ts');
const focus = await import('../examples/browser/src/state/focus.ts');
const heads = await import('../examples/browser/src/state/head.ts');
const heatmap = await import('../examples/browser/src/state/heatmap.ts');
const heldOut = await import('../examples/browser/src/state/held-out.ts');
const layout = await import('../examples/browser/src/state/map-layout.ts');
const maps = await import('../examples/browser/src/state/map.ts');
const measures = await import('../examples/browser/src/state/measures.ts');
const messages = await import('../examples/browser/src/state/messages.ts');
const opening = {
  ...(await import('../examples/browser/src/state/opening.ts')),
  ...(await import('../examples/browser/src/state/opening-task.ts')),
};
const pairFigures = await import('../examples/browser/src/state/pair-figures.ts');
const recovery = await import('../examples/browser/src/state/recover.ts');
const searching = await import('../examples/browser/src/state/search.ts');
const { session, shownName } = await import('../examples/browser/src/state/session.ts');
const zeroShot = await import('../examples/browser/src/state/zero-shot.ts');

focus.followFocus();
heatmap.followPairs();
searching.followSearch();
layout.followPrincipalMap();

const INFO = { name: 'tiny', fingerprint: 'f', logitScale: 10, embedDim: 2 };
const files = (...names: string[]) => names.map((name) => ({ path: name, file: new File(['x'], name) }));
const vectors = (rows: number) => ({ data: new Float32Array(2 * rows), rows, dim: 2 });
const embedded = (n: number) => ({
  images: vectors(n),
  texts: vectors(n),
  kept: Array.from({ length: n }, (_, i) => i),
  skipped: [],
  truncated: 0,
  distances: new Float32Array(n).fill(1),
});
const neighbours = (pair: number) => ({
  images: [{ point: { modality: 'image', pair }, cosine: 1 }],
  texts: [{ point: { modality: 'text', pair }, cosine: 0.5 }],
});
const step = (iteration: number): MapStep => ({
  iteration,
  klDivergence: undefined,
  embedding: new Float32Array(12),
});
const texts = () => messages.messages.value.map(({ text }) => text);
const errors = () => messages.messages.value.filter(({ kind }) => kind === 'error');
const ids = () => session.pairs.value.map(({ id }) => id);

let engine: FakeEngine;

beforeEach(() => {
  engine = fake.engine = new FakeEngine();
  messages.messages.value = [];
  messages.lost.value = messages.noGpu.value = undefined;
});

/** Opens pairs, and answers what is asked of each set but the map. */
async function open(...names: string[]): Promise<void> {
  const done = opening.openFiles(files(...names));
  await engine.answer('prepare', { info: INFO, embedded: embedded(names.length) });
  await done;
}

/** A descent's next picture. */
async function picture(given: readonly unknown[], iteration: number): Promise<MapStep> {
  const shown = step(iteration);
  await (given[1] as (step: MapStep) => Promise<void>)(shown);
  return shown;
}

describe('what is opened last counts', () => {
  test('a drop while another set is embedded: its progress stays, the first never opens', async () => {
    const first = opening.openFiles(files('a.png', 'b.png'));
    const one = await engine.next('prepare');
    const second = opening.openFiles(files('c.png'));
    const two = await engine.next('prepare');
    (one.given[1] as (news: object) => void)({ stage: 'pairs', done: 1, total: 2 });
    one.reject(Object.assign(new Error('aborted'), { name: 'cancelled' }));
    await first;
    expect(opening.task.value).toMatchObject({ done: 0 });
    (two.given[1] as (news: object) => void)({ stage: 'pairs', done: 1, total: 3 });
    expect(opening.task.value).toMatchObject({ title: 'Embedding pairs', done: 1, total: 3 });
    two.resolve({ ticket: 7, info: INFO, embedded: embedded(1) });
    await second;
    expect(opening.task.value).toBeUndefined();
    expect(ids()).toEqual(['c.png']);
    expect((await engine.next('adopt')).given).toEqual([7]);
    expect(engine.waits('adopt')).toBe(false);
  });

  test('a first answer that comes after the second drop opens nothing', async () => {
    const first = opening.openFiles(files('a.png'));
    const one = await engine.next('prepare');
    const second = opening.openFiles(files('b.png'));
    const two = await engine.next('prepare');
    one.resolve({ info: INFO, embedded: embedded(1) });
    await first;
    expect(engine.waits('adopt')).toBe(false);
    two.resolve({ info: INFO, embedded: embedded(1) });
    await second;
    expect(ids()).toEqual(['b.png']);
  });

  test('cancel while the example set is fetched', async () => {
    await open('a.png');
    let aborted = false;
    vi.stubGlobal('fetch', (_: URL, { signal }: { signal: AbortSignal }) => {
      return new Promise((_, reject) => {
        signal.addEventListener('abort', () => {
          aborted = true;
          reject(signal.reason);
        });
      });
    });
    const fetched = opening.openExampleSet();
    expect(opening.task.value?.title).toContain('Fetching');
    opening.cancelOpening();
    await fetched;
    vi.unstubAllGlobals();
    expect([aborted, opening.task.value, ids()]).toEqual([true, undefined, ['a.png']]);
    expect(messages.messages.value.filter(({ kind }) => kind === 'error')).toEqual([]);
  });
});

describe('nothing open is given up before the new is ready', () => {
  test('images that cannot be read, a model that cannot be loaded', async () => {
    await open('a.png', 'b.png');
    const before = session.pairs.value;
    await engine.answer('adopt', undefined);
    const broken = opening.openFiles(files('x.png'));
    await engine.refuse('prepare', 'other', 'No pair could be embedded: x.png');
    await broken;
    const other = opening.openModel({ kind: 'files', files: [] });
    await engine.refuse('prepare', 'other', 'there is no open_clip_config.json');
    await other;
    expect(engine.waits('adopt')).toBe(false);
    expect(session.pairs.value).toBe(before);
    expect(session.model.value?.source).toEqual({ kind: 'embedded' });
    expect(texts().slice(1)).toEqual([
      'No pair could be embedded: x.png',
      'there is no open_clip_config.json',
    ]);
  });

  test('a warning stays through the next opening, news of the last go', async () => {
    messages.say('warning', 'a tensor is missing');
    messages.say('error', 'no image');
    await open('a.png');
    expect(texts()).toEqual([
      'a tensor is missing',
      'There is no captions file: the names of the images stand in for captions.',
    ]);
  });
});

describe('answers are about what is open, as it is shown', () => {
  test('a search that is sent while another set opens', async () => {
    await open('a.png', 'b.png', 'c.png');
    void searching.search({ kind: 'text', text: 'lung' });
    const sent = await engine.next('embedQuery');
    await open('d.png');
    sent.resolve({ kind: 'text', vector: vectors(1) });
    await settled();
    expect(searching.query.value).toBeUndefined();
    expect(engine.waits('nearest')).toBe(false);

    void searching.search({ kind: 'text', text: 'lung' });
    await engine.answer('embedQuery', { kind: 'text', vector: vectors(1) });
    const late = await engine.next('nearest');
    await open('e.png');
    late.resolve(neighbours(0));
    await settled();
    expect(searching.found.value).toBeUndefined();
  });

  test('what was found, and its place, follow a shift and a new map', async () => {
    await open('a.png', 'b.png', 'c.png');
    const { given, resolve } = await engine.next('map');
    const young = await picture(given, 1000);
    resolve(undefined);
    void searching.search({ kind: 'text', text: 'lung' });
    await engine.answer('embedQuery', { kind: 'text', vector: vectors(1) });
    await engine.answer('nearest', neighbours(0));
    await engine.answer('place', Float32Array.of(1, 2));
    expect(maps.mapStep.value).toBe(young);
    expect(searching.queryPlace()).toEqual(Float32Array.of(1, 2));

    closing.moveSlider('means', 1);
    await engine.answer('show', new Float32Array(3));
    await engine.answer('nearest', neighbours(2));
    expect(searching.found.value).toEqual(neighbours(2));
    expect(searching.queryPlace()).toBeUndefined();
    const again = await engine.next('map');
    await picture(again.given, 5);
    again.resolve(undefined);
    await settled();
    await engine.answer('place', Float32Array.of(9, 9)); // asked before the map moved
    expect(searching.queryPlace()).toBeUndefined();
    await engine.answer('place', Float32Array.of(3, 4));
    expect(searching.queryPlace()).toEqual(Float32Array.of(3, 4));
  });

  test('the gap as embedded, where the pairs are shifted while it is measured', async () => {
    await open('a.png', 'b.png', 'c.png');
    const first = await engine.next('gap');
    expect(first.given[0]).toBe('embedded');
    closing.moveSlider('means', 1);
    await engine.answer('show', new Float32Array(3));
    const second = await engine.next('gap');
    expect(second.given[0]).toBe('shown');
    second.resolve({ name: 'shown' });
    await settled();
    expect(measures.gap.pending).toBe(true); // nobody is asked to measure it again
    first.resolve({ name: 'embedded' });
    await settled();
    expect([measures.gap.value, measures.shownGap.value]).toEqual([{ name: 'embedded' }, { name: 'shown' }]);

    const late = measures.measureShown();
    const third = await engine.next('gap');
    closing.choose('raw');
    await engine.answer('show', new Float32Array(3));
    third.resolve({ name: 'of the shift' });
    for (const call of engine.calls) if (call.name === 'figures') call.resolve({});
    await late;
    expect(measures.shownGap.value).toBeUndefined();
  });

  test('neighbours and the heatmap of another set, or another shift', async () => {
    await open('a.png', 'b.png', 'c.png');
    focus.focusOn({ modality: 'text', pair: 2 });
    const late = await engine.next('neighbours');
    const lateCosines = await engine.next('cosines');
    await open('d.png');
    late.resolve(neighbours(1));
    lateCosines.resolve({ pairs: [0, 1, 2], values: new Float32Array(36) });
    await settled();
    expect([focus.focused(), focus.neighbours.value, heatmap.cosines.value]).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
    await engine.answer('cosines', { pairs: [0], values: new Float32Array(4) });
    expect(heatmap.cosines.value).toMatchObject({ pairs: [0], among: 1, shownName: undefined });
  });

  test('an image that cannot be read has no scores, least of all those of the last', async () => {
    await open('a.png');
    void zeroShot.classify(new Blob(), 'good.png');
    await engine.answer('zeroShot', [{ label: 'chest X-ray', cosine: 1, probability: 1 }]);
    expect(zeroShot.scores.value).toHaveLength(1);
    const broken = zeroShot.classify(new Blob(), 'bad.png');
    expect(zeroShot.scores.value).toBeUndefined();
    await engine.refuse('zeroShot', 'other', 'bad.png: the image cannot be read');
    await broken;
    expect([zeroShot.scores.value, zeroShot.scoresTrouble.words]).toEqual([
      undefined,
      'bad.png: the image cannot be read',
    ]);
    expect(texts()).not.toContain('bad.png: the image cannot be read'); // it is said where the scores would be
  });
});

describe('what goes wrong is said where it does', () => {
  const places = [
    ['search', () => searching.search({ kind: 'text', text: 'x' }), 'embedQuery', searching.searchTrouble],
    ['point', () => focus.focusOn({ modality: 'image', pair: 1 }), 'neighbours', focus.neighboursTrouble],
    ['heatmap', () => {}, 'cosines', heatmap.heatmapTrouble],
    ['t-SNE', () => {}, 'map', maps.descentTrouble],
    ['PCA', () => {}, 'principalMap', layout.principalTrouble],
    ['gap', () => {}, 'gap', measures.gapTrouble],
    ['figures', () => {}, 'figures', measures.figuresTrouble],
    ['pairs', () => {}, 'pairFigures', pairFigures.pairFiguresTrouble],
    ['closing', () => closing.moveSlider('means', 1), 'show', closing.closingTrouble],
    ['training', () => heads.trainHead(), 'trainHead', heads.trainingTrouble],
    [
      'file of a closing',
      () => heads.loadClosing(new File([], 'c')),
      'loadClosing',
      heads.closingFileTrouble,
    ],
    ['held-out pairs', () => heldOut.judge(), 'judge', heldOut.judgingTrouble],
  ] as const;

  test.each(places)('%s: there alone, until other pairs open', async (_, act, asked, trouble) => {
    await open('a.png', 'b.png', 'c.png');
    void act();
    await engine.refuse(asked, 'other', 'it is too warm');
    expect([trouble.words, errors()]).toEqual(['it is too warm', []]);
    const others = places.filter(([, , , other]) => other !== trouble && other.words !== undefined);
    expect(others.map(([name]) => name)).toEqual([]);
    await open('d.png');
    expect(trouble.words).toBeUndefined();
  });

  const ofPairs = places.filter(([name]) => name !== 'file of a closing'); // which stays with the model

  test.each(ofPairs)('%s: not after other pairs were opened meanwhile', async (_, act, asked, trouble) => {
    await open('a.png', 'b.png', 'c.png');
    void act();
    const late = await engine.next(asked);
    await open('d.png');
    late.reject(new Error('it is too warm'));
    await settled();
    expect([trouble.words, errors()]).toEqual([undefined, []]);
  });

  test('it goes when it is tried again; a lost GPU is said for the whole page, what was cancelled not at all', async () => {
    await open('a.png', 'b.png', 'c.png');
    const again = () => searching.search({ kind: 'text', text: 'x' });
    void again();
    await engine.refuse('embedQuery', 'other', 'it is too warm');
    void again();
    expect(searching.searchTrouble.words).toBeUndefined();
    await engine.refuse('embedQuery', 'cancelled', 'aborted');
    expect([searching.searchTrouble.words, errors()]).toEqual([undefined, []]);
    void again();
    await engine.refuse('embedQuery', 'lost', 'the device was lost');
    expect([searching.searchTrouble.words, messages.lost.value]).toEqual([undefined, 'the device was lost']);
  });
});

describe('a map is done after a whole descent', () => {
  test.each(['running', 'paused', 'stopped'] as const)('after a shift while it is %s', async (status) => {
    await open('a.png', 'b.png', 'c.png');
    const young = await engine.next('map');
    await picture(young.given, 5);
    if (status === 'paused') maps.pauseMap();
    if (status === 'stopped') young.reject(Object.assign(new Error(), { name: 'cancelled' }));
    await settled();
    expect(maps.mapStatus.value).toBe(status);
    closing.moveSlider('means', 1);
    await engine.answer('show', new Float32Array(3));
    const again = await engine.next('map');
    expect(again.given[0]).toEqual({ perplexity: 1 });
    young.resolve(undefined);
    await settled();
    expect(maps.mapStatus.value).toBe('running'); // the first one's end is not the second one's
    await picture(again.given, 1000);
    again.resolve(undefined);
    await settled();
    expect(maps.mapStatus.value).toBe('done');
    closing.moveSlider('means', 0.5);
    await engine.answer('show', new Float32Array(3));
    expect((await engine.next('map')).given[0]).toMatchObject({ init: expect.any(Float32Array) });
  });
});

describe('a lost GPU', () => {
  test('that does not come back at once is no dead end', async () => {
    await open('a.png', 'b.png', 'c.png');
    await engine.refuse('cosines', 'lost', 'the device was lost');
    expect(messages.lost.value).toBe('the device was lost');
    const first = recovery.recover();
    await engine.refuse('prepare', 'no-gpu', 'no adapter');
    await first;
    expect([messages.lost.value, messages.noGpu.value]).toEqual(['no adapter', undefined]);
    const second = recovery.recover();
    await engine.answer('prepare', { info: INFO });
    await engine.answer('restore', undefined);
    await second;
    expect(messages.lost.value).toBeUndefined();
    expect(ids()).toHaveLength(3);
    await engine.answer('cosines', { pairs: [0, 1, 2], values: new Float32Array(36) });
    expect(heatmap.cosines.value?.pairs).toHaveLength(3);
    expect((await engine.next('gap')).given[0]).toBe('embedded'); // it was never answered
  });
});

describe('a reload of the model after a lost GPU', () => {
  const lose = async () => {
    await open('a.png', 'b.png', 'c.png');
    await engine.refuse('cosines', 'lost', 'the device was lost');
    const recovered = recovery.recover();
    return { recovered, prepare: await engine.next('prepare') };
  };

  test('that is cancelled leaves the way to try again', async () => {
    const { recovered, prepare } = await lose();
    opening.cancelOpening();
    prepare.reject(Object.assign(new Error('aborted'), { name: 'cancelled' }));
    await recovered;
    expect([messages.lost.value, engine.waits('gap')]).toEqual(['the device was lost', false]);
  });

  test('in whose place another set is opened: that is what is there', async () => {
    const { recovered, prepare } = await lose();
    await open('d.png');
    prepare.resolve({ ticket: 9, info: INFO });
    await recovered;
    expect([messages.lost.value, ids(), engine.waits('restore')]).toEqual([undefined, ['d.png'], false]);
  });
});

describe('embeddings that were saved', () => {
  const saved = (fingerprint: string | undefined) => ({
    vectors: { images: vectors(2), texts: vectors(2) },
    space: { name: 'theirs', fingerprint, dim: 2 },
    pairs: ['a.png', 'b.png'].map((id) => ({ id, caption: '', label: '', image: undefined })),
    notes: ['of a file'],
  });
  const use = async (fingerprint: string) => {
    const done = opening.openModel({ kind: 'embedded' });
    const call = await engine.answer('prepare', { info: { ...INFO, fingerprint } });
    await done;
    return call;
  };

  test('open without a model, and take queries once theirs is loaded', async () => {
    await opening.openSaved('Reading', async () => saved('theirs'));
    expect([engine.waits('takeUp'), engine.waits('prepare'), engine.waits('map')]).toEqual([
      true,
      false,
      true,
    ]);
    expect(ids()).toEqual(['a.png', 'b.png']);
    expect(session.takesQueries.value).toBe(false);
    const { given } = await use('theirs');
    expect(given[0]).toMatchObject({ pairs: [] }); // there is nothing to embed again
    expect([session.takesQueries.value, ids()]).toEqual([true, ['a.png', 'b.png']]);
    expect(texts()).toEqual([]);
  });

  test.each(['theirs', undefined])(
    'of %s, beside another model, stay, and search is off in words',
    async (of) => {
      await opening.openSaved('Reading', async () => saved(of));
      await use('another');
      expect(ids()).toEqual(['a.png', 'b.png']);
      expect(session.takesQueries.value).toBe(false);
      expect(texts()).toEqual([expect.stringContaining('serves zero-shot alone')]);
    },
  );
});

describe('what is saved and drawn', () => {
  test('files say that the pairs are shifted', async () => {
    await open('a.png', 'b.png', 'c.png');
    expect(allRecords().map(({ shown }) => shown)).toEqual(Array(6).fill('as embedded'));
    closing.moveSlider('means', 1);
    await engine.answer('show', new Float32Array(3));
    expect(allRecords()[4]).toMatchObject({
      pair: 1,
      modality: 'text',
      shown: 'closed: means 1.00, shapes 0.00',
    });
  });

  test('the map’s file has a ring for texts in its legend, the query, and the shift', () => {
    const scene: MapScene = {
      points: new Float32Array(4),
      rgb: new Uint8Array(6),
      legend: [
        { name: 'images', colour: [1, 2, 3], mark: 'disc' },
        { name: 'texts', colour: [4, 5, 6], mark: 'ring' },
      ],
      links: [],
      highlighted: undefined,
      ringed: [1],
      query: [0, 0],
      shownName: 'means <1>',
      link: [0, 0, 0],
      ink: [0, 0, 0],
      paper: [255, 255, 255],
    };
    const svg = mapSvg(scene);
    expect(svg).toMatch(/class="legend"[^>]*fill="rgb\(1,2,3\)"\/><text[^>]*>images/);
    expect(svg).toMatch(/class="legend"[^>]*fill="none" stroke="rgb\(4,5,6\)"[^>]*\/><text[^>]*>texts/);
    expect(svg).toContain('closed: means &lt;1>');
    expect(svg.match(/class="(query|ringed)"/g)).toHaveLength(2);
    expect(mapSvg({ ...scene, shownName: undefined })).toContain('as the model embedded them');
  });

  test('the names at the heatmap’s edges lie along what is seen of images and texts', () => {
    const view = { left: 0, top: 6, cells: 9 };
    expect(shareOf('images', view, view.left, 18)).toEqual({ from: 0, to: 1 });
    expect(shareOf('texts', view, view.left, 18)).toEqual({ from: 1, to: 1 }); // nothing
    expect(shareOf('images', view, view.top, 18)).toEqual({ from: 0, to: 1 / 3 });
    expect(shareOf('texts', view, view.top, 18)).toEqual({ from: 1 / 3, to: 1 });
  });

  test('points and rows, sets of points', () => {
    const points = [0, 1, 2, 3].map((row) => pointOfRow(row, 2));
    expect(points.map((point) => rowOf(point, 2))).toEqual([0, 1, 2, 3]);
    const [image, , , text] = points;
    const set = new PointSet(points.slice(0, 1)).with({ modality: 'text', pair: 1 });
    expect([set.size, image && set.has(image), text && set.has(text), set.pairs]).toEqual([
      2,
      true,
      true,
      [0, 1],
    ]);
    expect([...set.without({ modality: 'image', pair: 0 })]).toEqual([{ modality: 'text', pair: 1 }]);
    expect(shownName.value).toBe('means 1.00, shapes 0.00');
  });
});
