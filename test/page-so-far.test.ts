import type { BiomedClip } from 'biomedclip-webgpu';
import { OtherFramesError } from 'biomedclip-webgpu';
import { beforeEach, describe, expect, test, vi } from 'vitest';
import type { EmbeddedPairs, Progress, Wanted } from '../examples/browser/src/engine/types.ts';
import { FakeEngine, settled } from './page/fake-engine.ts';

// What is embedded so far, looked at while the rest is: the engine's answers come when a test says so.

const fake = vi.hoisted(() => {
  Object.assign(globalThis, {
    document: { hidden: true, baseURI: 'http://localhost/' },
    matchMedia: () => ({ matches: false, addEventListener: () => {} }),
  });
  return { engine: undefined as FakeEngine | undefined };
});
vi.mock('../examples/browser/src/engine/client.ts', () => ({
  engine: () => fake.engine?.remote,
  dropEngine: () => {},
}));

const { PairEmbedding } = await import('../examples/browser/src/engine/pair-embedding.ts');
const { Preparation } = await import('../examples/browser/src/engine/preparation.ts');
const { placesAround } = await import('../examples/browser/src/engine/places-around.ts');
const { withRowsBefore } = await import('../examples/browser/src/engine/rows-before.ts');
const { PointSet } = await import('../examples/browser/src/session/points.ts');
const closing = await import('../examples/browser/src/state/closing.ts');
const focus = await import('../examples/browser/src/state/focus.ts');
const maps = await import('../examples/browser/src/state/map.ts');
const messages = await import('../examples/browser/src/state/messages.ts');
const opening = {
  ...(await import('../examples/browser/src/state/opening.ts')),
  ...(await import('../examples/browser/src/state/opening-task.ts')),
};
const look = await import('../examples/browser/src/state/map-look.ts');
const views = await import('../examples/browser/src/state/view-state.ts');
const recovery = await import('../examples/browser/src/state/recover.ts');
const selecting = await import('../examples/browser/src/state/selection.ts');
const { session } = await import('../examples/browser/src/state/session.ts');

focus.followFocus();

const INFO = { name: 'tiny', fingerprint: 'f', logitScale: 10, embedDim: 2 };
const names = (count: number) => Array.from({ length: count }, (_, i) => `${1000 + i}.png`);
const files = (count: number) =>
  names(count).map((name) => ({ path: name, file: new File(['x'], name, { type: 'image/png' }) }));
const vectors = (rows: number) => ({ data: new Float32Array(2 * rows), rows, dim: 2 });

/** As the engine has it when so many of the inputs were tried; the first cannot be read. */
function embedded(tried: number): EmbeddedPairs {
  const kept = Array.from({ length: tried - 1 }, (_, i) => i + 1);
  const rows = vectors(kept.length);
  return {
    images: rows,
    texts: rows,
    kept,
    tried,
    skipped: ['1000.png: no picture'],
    truncated: 0,
    distances: new Float32Array(kept.length),
    madeBy: { program: 'p', remarked: { images: [], texts: [] } },
  };
}

let engine: FakeEngine;

beforeEach(() => {
  engine = fake.engine = new FakeEngine();
  messages.messages.value = [];
  session.take({
    model: undefined,
    space: { name: undefined, fingerprint: undefined, dim: 2 },
    inputs: [],
    window: undefined,
    embedded: undefined,
  });
});

interface Preparing {
  readonly done: Promise<void>;
  readonly wanted: Wanted;
  tell(progress: Omit<Progress, 'stage'>): Promise<void>;
  end(answer: object): Promise<void>;
  fail(message: string): Promise<void>;
  /** As it ends once it was cancelled. */
  cancelled(): Promise<void>;
}

async function preparing(opened: Promise<void>): Promise<Preparing> {
  const { given, resolve, reject } = await engine.next('prepare');
  const [wanted, onProgress] = given as [Wanted, (progress: Progress) => void];
  const then = async (act: () => void) => {
    act();
    await settled();
  };
  return {
    done: opened,
    wanted,
    tell: (progress) => then(() => onProgress({ stage: 'pairs', ...progress })),
    end: (answer) => then(() => resolve(answer)),
    fail: (message) => then(() => reject(new Error(message))),
    cancelled: () => then(() => reject(Object.assign(new Error('aborted'), { name: 'cancelled' }))),
  };
}

const opened = (count: number) => preparing(opening.openFiles(files(count)));

/** Nothing is open, and of 200 the first are embedded: 192 of them once the page hears it. */
async function firstLook(): Promise<Preparing> {
  const set = await opened(200);
  await set.tell({ done: 64, total: 200, ready: 64 });
  await engine.answer('soFar', { ticket: 1, info: INFO, embedded: embedded(192) });
  return set;
}

describe('where nothing is open', () => {
  test('the first slice is shown at once, and the embedding goes on', async () => {
    const set = await opened(200);
    await set.tell({ done: 64, total: 200, ready: 64 });
    await set.tell({ done: 128, total: 200, ready: 128 });
    await engine.answer('soFar', { ticket: 7, info: INFO, embedded: embedded(64) });
    expect(engine.waits('soFar')).toBe(false); // asked once
    expect((await engine.next('adopt')).given).toEqual([7]);
    expect([session.pairCount.value, session.untried.value]).toEqual([63, 136]);
    expect(opening.task.value).toMatchObject({ title: 'Embedding pairs', done: 128, total: 200 });
    expect(engine.waits('map')).toBe(true);
    await set.tell({ done: 192, total: 200, ready: 191 });
    expect(engine.waits('soFar')).toBe(false); // growing by itself would start the map again and again
    expect(opening.soFar.value).toMatchObject({ ready: 191, isShown: true });
    await set.end({ ticket: 8, info: INFO, embedded: embedded(200) });
    await set.done;
    expect((await engine.next('adopt')).given).toEqual([8]);
    expect([session.pairCount.value, session.untried.value, opening.task.value]).toEqual([199, 0, undefined]);
  });

  test.each([
    ['too few', { done: 64, total: 200, ready: 49 }],
    ['nearly all', { done: 64, total: 110, ready: 64 }],
  ])('%s are not shown before the others', async (_, progress) => {
    const set = await opened(progress.total);
    await set.tell(progress);
    expect(engine.waits('soFar')).toBe(false);
    await set.end({ ticket: 1, info: INFO, embedded: embedded(progress.total) });
    expect(session.pairCount.value).toBe(progress.total - 1);
  });

  test('the answer about one set never opens under another that was dropped meanwhile', async () => {
    const one = await opened(200);
    await one.tell({ done: 64, total: 200, ready: 64 });
    const late = await engine.next('soFar');
    const two = await opened(3);
    late.resolve({ ticket: 1, info: INFO, embedded: embedded(64) });
    await settled();
    expect([session.pairCount.value, engine.waits('adopt')]).toEqual([0, false]);
    await two.end({ ticket: 2, info: INFO, embedded: embedded(3) });
    expect(session.pairs.value.map(({ id }) => id)).toEqual(['1001.png', '1002.png']);
  });
});

describe('when it grows', () => {
  test('what was chosen among the pairs stays, and is asked about anew', async () => {
    const set = await firstLook();
    const before = session.pairs.value;
    selecting.select([{ modality: 'image', pair: 5 }], 'map');
    focus.focusOn({ modality: 'text', pair: 6 });
    await engine.answer('neighbours', { images: [], texts: [] });
    await set.end({ ticket: 2, info: INFO, embedded: embedded(200) });
    expect(session.pairs.value.slice(0, 191)).toEqual(before);
    expect([...selecting.selectedPoints.value]).toEqual([...new PointSet([{ modality: 'image', pair: 5 }])]);
    expect((await engine.next('neighbours')).given[0]).toEqual({ modality: 'text', pair: 6 });
    expect(focus.neighbours.value).toBeUndefined(); // the old ones are of fewer pairs
  });

  test('its map starts about the one that was there', async () => {
    const set = await firstLook();
    const { given } = await engine.next('map');
    const embedding = new Float32Array(4 * 191).fill(1);
    await (given[1] as (step: object) => Promise<void>)({ iteration: 5, klDivergence: 1, embedding });
    await set.end({ ticket: 2, info: INFO, embedded: embedded(200) });
    expect(maps.mapStep.value).toBeUndefined();
    expect((await engine.next('map')).given[0]).toMatchObject({ around: embedding });
  });

  test('a shift is taken up again for all of them, and then the map starts once, about the last one', async () => {
    const set = await firstLook();
    const { given } = await engine.next('map');
    const embedding = new Float32Array(4 * 191).fill(1);
    await (given[1] as (step: object) => Promise<void>)({ iteration: 5, klDivergence: 1, embedding });
    closing.moveSlider('means', 1);
    await engine.answer('show', new Float32Array(191));
    expect(session.shown.value.kind).toBe('sliders');
    await set.end({ ticket: 2, info: INFO, embedded: embedded(200) });
    expect(engine.waits('map')).toBe(false); // it would be of the pairs as embedded
    const { given: shown, resolve } = await engine.next('show');
    expect(shown).toEqual([{ kind: 'sliders', means: 1, shapes: 0 }]);
    resolve(new Float32Array(199));
    await new Promise((done) => setTimeout(done, 300)); // measures wait until a slider is still
    expect(closing.chosenView.value).toBe('sliders');
    const maps_ = engine.calls.filter(({ name }) => name === 'map');
    expect(maps_.map((call) => call.given[0])).toEqual([expect.objectContaining({ around: embedding })]);
    expect(maps.map.value.shown.kind).toBe('sliders');
  });

  test('a slider moved before the first picture of a map: the map is of what is shown', async () => {
    const set = await opened(3);
    await set.end({ ticket: 1, info: INFO, embedded: embedded(3) });
    await engine.next('map');
    closing.moveSlider('means', 1);
    await engine.answer('show', new Float32Array(2));
    await engine.next('map');
    expect(maps.map.value.shown.kind).toBe('sliders');
  });

  test('a pair that can be read at last is another set: nothing stands for a wrong pair', async () => {
    const set = await firstLook();
    selecting.select([{ modality: 'image', pair: 5 }], 'map');
    const all = { ...embedded(200), kept: Array.from({ length: 200 }, (_, i) => i), images: vectors(200) };
    await set.end({ ticket: 2, info: INFO, embedded: { ...all, texts: vectors(200) } });
    expect([session.pairCount.value, [...selecting.selectedPoints.value]]).toEqual([200, []]);
  });
});

describe('where a set is open', () => {
  test('it stays until people ask for what there is', async () => {
    const first = await opened(3);
    await first.end({ ticket: 1, info: INFO, embedded: embedded(3) });
    const set = await opened(200);
    await set.tell({ done: 64, total: 200, ready: 63 });
    expect([session.pairCount.value, engine.waits('soFar')]).toEqual([2, false]);
    const shown = opening.soFar.value?.show();
    await engine.answer('soFar', { ticket: 2, info: INFO, embedded: embedded(64) });
    await shown;
    expect([session.pairCount.value, opening.soFar.value?.isShown]).toEqual([63, true]);
    expect(opening.task.value).toBeDefined();
  });
});

describe('stopped', () => {
  test('what is embedded by then stays, and the rest can be embedded later', async () => {
    const set = await firstLook();
    opening.cancelOpening();
    expect((await engine.next('cancel')).given).toEqual(['prepare']);
    void set.cancelled();
    expect((await engine.answer('soFar', { ticket: 2, info: INFO, embedded: embedded(195) })).given).toEqual([
      192,
    ]);
    await set.done;
    expect([session.pairCount.value, session.untried.value, opening.task.value]).toEqual([194, 5, undefined]);
    expect(opening.openingHeard.value).toBe('Stopped. 194 pairs open.');
    expect(messages.messages.value.filter(({ kind }) => kind === 'error')).toEqual([]);
    const kept = session.embedded.value;
    const rest = await preparing(opening.embedRest());
    expect(rest.wanted.before).toMatchObject({ kept: kept?.kept, madeBy: kept?.madeBy });
    expect(rest.wanted.pairs).toHaveLength(200);
    expect(opening.soFar.value).toMatchObject({ ready: 194, isShown: true });
    const before = session.pairs.value;
    await rest.end({ ticket: 3, info: INFO, embedded: embedded(200) });
    expect([session.pairCount.value, session.untried.value]).toEqual([199, 0]);
    expect(session.pairs.value.slice(0, 194)).toEqual(before);
  });

  test.each([
    ['stopped', 'cancelled'],
    ['failed', 'it is too warm'],
  ])(
    'and the rest %s: what is there by then stays, nothing shrinks and nothing begins anew',
    async (_, why) => {
      const set = await firstLook();
      opening.cancelOpening();
      void set.cancelled();
      await engine.answer('soFar', undefined); // nothing new since it was shown
      await set.done;
      await engine.next('map');
      const rest = await preparing(opening.embedRest());
      await rest.tell({ done: 64, total: 200, ready: 63 });
      void opening.soFar.value?.show();
      expect((await engine.answer('soFar', undefined)).given).toEqual([192]); // no fewer than are open
      expect(session.pairCount.value).toBe(191);
      if (why === 'cancelled') opening.cancelOpening();
      void (why === 'cancelled' ? rest.cancelled() : rest.fail(why));
      engine.calls = engine.calls.filter(({ name }) => name !== 'soFar');
      await engine.answer('soFar', { ticket: 3, info: INFO, embedded: embedded(196) });
      await rest.done;
      expect([session.pairCount.value, session.untried.value]).toEqual([195, 4]);
    },
  );

  test('by an error: what was embedded before it is shown, and the error said', async () => {
    const set = await firstLook();
    void set.fail('the GPU took a walk');
    await engine.answer('soFar', { ticket: 2, info: INFO, embedded: embedded(196) });
    await set.done;
    expect([session.pairCount.value, session.untried.value]).toEqual([195, 4]);
    expect(messages.messages.value.map(({ text }) => text).join()).toContain('the GPU took a walk');
  });

  test('with nothing new since it was shown, its map goes on', async () => {
    const set = await firstLook();
    await engine.next('map');
    opening.cancelOpening();
    void set.cancelled();
    await engine.answer('soFar', undefined);
    await set.done;
    expect([session.pairCount.value, engine.waits('map'), maps.mapStatus.value]).toEqual([
      191,
      false,
      'running',
    ]);
  });

  test('and something else opened meanwhile: that opens', async () => {
    const set = await firstLook();
    opening.cancelOpening();
    void set.cancelled();
    const late = await engine.next('soFar');
    const other = await opened(3);
    late.resolve({ ticket: 2, info: INFO, embedded: embedded(195) });
    await settled();
    expect(opening.task.value).toBeDefined();
    await other.end({ ticket: 3, info: INFO, embedded: embedded(3) });
    expect(session.pairCount.value).toBe(2);
  });

  test('before anything is shown, nothing is', async () => {
    const set = await opened(200);
    await set.tell({ done: 10, total: 200 });
    opening.cancelOpening();
    expect([session.pairCount.value, engine.waits('soFar'), opening.task.value]).toEqual([
      0,
      false,
      undefined,
    ]);
    expect(opening.openingHeard.value).toBe('Nothing new was opened.');
  });

  test('by a lost GPU: while the model is loaded again, nothing of the embedding is offered', async () => {
    const set = await firstLook();
    void set.fail('gone');
    await engine.answer('soFar', undefined);
    await set.done;
    const recovered = recovery.recover();
    await engine.next('prepare');
    expect([opening.soFar.value, opening.task.value?.title]).toEqual([undefined, 'Loading the model']);
    void recovered;
  });
});

describe('what is made ready in the engine', () => {
  const modelOf = (name: string) =>
    ({ info: { name, embedDim: 1 }, destroy: vi.fn() }) as unknown as BiomedClip;
  const nobody = () => {};
  const wanted = { source: { kind: 'embedded' }, window: undefined } as const;
  const some = { pairs: [{ id: 'a', image: new Blob(['x']), caption: 'a', label: '' }] };

  /** An embedding that ends when the test says so. */
  function slow(model: BiomedClip, tried: number) {
    let end: (error?: Error) => void = nobody;
    const ended = new Promise<void>((resolve, reject) => {
      end = (error) => (error ? reject(error) : resolve());
    });
    return {
      embedding: { model, wanted: { window: undefined }, tried, run: () => ended, soFar: () => ({ tried }) },
      end,
    };
  }

  /** @param open the model that is open @param embeddings in the order in which they are asked for */
  function preparationOf(
    open: () => BiomedClip | undefined,
    loaded: readonly BiomedClip[],
    embeddings: readonly { embedding: object }[],
  ) {
    const [models, runs] = [[...loaded], [...embeddings]];
    return new Preparation(open, {
      loadModel: async () => models.shift() ?? expect.fail('a model too many'),
      pairEmbedding: async () => runs.shift()?.embedding as InstanceType<typeof PairEmbedding>,
    });
  }

  test('an embedding that is ended late takes nothing of the next', async () => {
    const [open, first] = [modelOf('open'), modelOf('first')];
    const [one, two] = [slow(first, 64), slow(open, 64)];
    const preparation = preparationOf(() => open, [first], [one, two]);
    const stop = new AbortController();
    const signal = new AbortController().signal;
    const a = preparation.prepare({ ...wanted, ...some, isOther: true }, nobody, nobody, stop.signal);
    await settled();
    stop.abort();
    preparation.drop();
    const b = preparation.prepare({ ...wanted, ...some, isOther: false }, nobody, nobody, signal);
    await settled();
    one.end(new Error('aborted'));
    await expect(a).rejects.toThrow('aborted');
    expect([first.destroy, open.destroy].map((destroy) => vi.mocked(destroy).mock.calls.length)).toEqual([
      1, 0,
    ]);
    expect(preparation.soFar(0)).toMatchObject({ info: { name: 'open' } });
    expect(preparation.soFar(64)).toBeUndefined();
    two.end();
    expect(await b).toMatchObject({ info: { name: 'open' } });
    expect(preparation.soFar(0)).toBeUndefined(); // the whole is there
  });

  test('a model of which a part is open, or on its way there, outlives the end of its embedding', async () => {
    const [before, next] = [modelOf('before'), modelOf('next')];
    let open = before;
    const one = slow(next, 64);
    const preparation = preparationOf(() => open, [next], [one]);
    const stop = new AbortController();
    const run = preparation.prepare({ ...wanted, ...some, isOther: true }, nobody, nobody, stop.signal);
    await settled();
    const part = preparation.soFar(0) ?? expect.fail('no part');
    one.end(new Error('lost'));
    await expect(run).rejects.toThrow('lost');
    expect(next.destroy).not.toHaveBeenCalled();
    open = preparation.take(part.ticket).model;
    expect(open).toBe(next);
    expect(preparation.soFar(0)).toBeDefined(); // of what failed, too
    preparation.drop();
    expect(next.destroy).not.toHaveBeenCalled();
  });

  test('what nobody took is destroyed with the end of the opening', async () => {
    const next = modelOf('next');
    const one = slow(next, 64);
    const preparation = preparationOf(() => undefined, [next], [one]);
    const run = preparation.prepare(
      { ...wanted, ...some, isOther: true },
      nobody,
      nobody,
      new AbortController().signal,
    );
    await settled();
    const part = preparation.soFar(0) ?? expect.fail('no part');
    preparation.dropOthers();
    expect(next.destroy).toHaveBeenCalled();
    expect(() => preparation.take(part.ticket)).toThrow('not there any more');
    one.end(new Error('aborted'));
    await expect(run).rejects.toThrow('aborted');
  });
});

// What follows addresses stays, so this is the last of the page.
describe('a link that brought people here', () => {
  test('says how the whole is looked at, and leaves what they chose meanwhile', async () => {
    vi.stubGlobal('location', { hash: '#colour=label', pathname: '/', search: '' });
    vi.stubGlobal('history', { state: null, replaceState: vi.fn() });
    vi.stubGlobal('addEventListener', () => {});
    views.followUrl();
    const set = await firstLook();
    expect(look.colourMode.value).toBe('modality');
    selecting.select([{ modality: 'image', pair: 5 }], 'map');
    await set.end({ ticket: 2, info: INFO, embedded: embedded(200) });
    expect([look.colourMode.value, selecting.selectedPoints.value.size]).toEqual(['label', 1]);
  });
});

describe('in slices', () => {
  const calls: number[] = [];
  /** Rows `[letter of the id]`; `?` cannot be read, `#` has several pictures, and `!` is a caption that is cut. */
  const model = {
    info: { embedDim: 1 },
    embedBatch: async (
      inputs: { images: { id: string }[]; texts: { id: string; text: string }[] },
      { onProgress, onWarning }: { onProgress?: (_: object) => void; onWarning?: (_: Error) => void },
    ) => {
      calls.push(inputs.images.length);
      const read = inputs.images.filter(({ id }) => !id.includes('?'));
      const frames = read.filter(({ id }) => id.includes('#'));
      if (frames.length > 0) onWarning?.(new OtherFramesError(frames.map(({ id }) => ({ id, frames: 3 }))));
      onProgress?.({ kind: 'text', done: inputs.texts.length, total: inputs.texts.length });
      onProgress?.({ kind: 'image', done: read.length, total: inputs.images.length });
      const rows = (of: readonly { id: string }[]) => {
        return { data: Float32Array.from(of, ({ id }) => Number.parseInt(id, 10)), rows: of.length, dim: 1 };
      };
      return {
        images: rows(read),
        texts: rows(inputs.texts),
        skipped: inputs.images.flatMap(({ id }, index) =>
          id.includes('?') ? [{ kind: 'image', index, id, error: new Error(id) }] : [],
        ),
        truncated: inputs.texts.flatMap(({ text }, i) => (text.includes('!') ? [i] : [])),
      };
    },
  } as unknown as BiomedClip; // what is called of it is there
  const pairs = (count: number, changed: Readonly<Record<number, string>> = {}) =>
    Array.from({ length: count }, (_, i) => {
      const id = `${i}${changed[i] ?? ''}`;
      return { id, image: new Blob(['x']), caption: `of ${id}`, label: '' };
    });
  const none = { images: [], texts: [] };
  const never = new AbortController().signal;

  beforeEach(() => {
    calls.length = 0;
  });

  test('each row, message and count is of its pair, whatever slice it is in', async () => {
    const all = pairs(500, { 3: '?', 70: '!', 100: '#', 200: '#', 499: '?' });
    const embedding = new PairEmbedding(model, { pairs: all, window: undefined }, 'p', none);
    expect(embedding.soFar()).toBeUndefined();
    const told: Progress[] = [];
    const warnings: (readonly unknown[])[] = [];
    const counts: unknown[] = [];
    await embedding.run(
      (progress) => {
        told.push(progress);
        if (progress.ready !== undefined) counts.push([embedding.soFar()?.tried, progress.ready]);
      },
      (...said) => warnings.push(said),
      never,
    );
    expect(calls).toEqual([64, 128, 256, 52]);
    expect(counts).toEqual([
      [64, 63],
      [192, 191],
      [448, 447],
      [500, 498],
    ]);
    expect(told.every(({ done }, i) => done >= (told[i - 1]?.done ?? 0))).toBe(true);
    expect(told.at(-1)).toEqual({ stage: 'pairs', done: 500, total: 500, ready: 498 });
    const { images, texts, kept, skipped, truncated, madeBy } = embedding.soFar() ?? expect.fail('no pair');
    expect([...images.data]).toEqual(kept);
    expect([...texts.data]).toEqual(kept);
    expect(kept).toEqual(Array.from({ length: 500 }, (_, i) => i).filter((i) => i !== 3 && i !== 499));
    expect([skipped, truncated]).toEqual([['3?', '499?'], 1]);
    expect(madeBy?.remarked).toEqual({ images: [99, 199], texts: [69] }); // by row, of which one is missing before
    expect(warnings).toEqual([
      [expect.stringMatching(/^1 of the files .*100#: 3/), undefined],
      [expect.stringMatching(/^2 of the files .*100#: 3/), warnings[0]?.[0]],
    ]);
  });

  test('the rest of what was stopped: only what is not known is embedded', async () => {
    const all = pairs(100, { 70: '!' });
    const first = new PairEmbedding(model, { pairs: all.slice(0, 80), window: undefined }, 'p', none);
    await first.run(
      () => {},
      () => {},
      never,
    );
    calls.length = 0;
    const known = withRowsBefore(none, first.soFar(), 'p');
    const rest = new PairEmbedding(model, { pairs: all, window: undefined }, 'p', known);
    await rest.run(
      () => {},
      () => {},
      never,
    );
    expect(calls).toEqual([20]); // beside the caption that was cut, of which is to be told again
    const { images, texts, truncated, known: count } = rest.soFar() ?? expect.fail('no pair');
    expect([[...images.data], [...texts.data]]).toEqual(
      Array(2).fill(Array.from({ length: 100 }, (_, i) => i)),
    );
    expect([truncated, count]).toEqual([1, 79]);
    expect(withRowsBefore(none, first.soFar(), 'another program')).toBe(none);
  });

  test('where no pair can be read there is an error, after all were tried', async () => {
    const all = pairs(70, Object.fromEntries(Array.from({ length: 70 }, (_, i) => [i, '?'])));
    const embedding = new PairEmbedding(model, { pairs: all, window: undefined }, 'p', none);
    const run = embedding.run(
      () => {},
      () => {},
      never,
    );
    await expect(run).rejects.toThrow('No pair could be embedded: 0?');
    expect(calls).toEqual([64, 6]);
  });
});

test('points that join a map start among their neighbours, and all as near as principal components do', async () => {
  const n = 40;
  const m = 30;
  const dim = 8;
  const data = new Float32Array(2 * n * dim);
  // Two clusters, of even and of odd pairs.
  for (let row = 0; row < 2 * n; row++) {
    for (let d = 0; d < dim; d++) data[row * dim + d] = Math.sin(row * 7 + d) / 10 + (row % 2 === 0 ? 1 : -1);
  }
  const map = new Float32Array(4 * m);
  for (let row = 0; row < 2 * m; row++) map.set([row % 2 === 0 ? 10 : -10, row / m], 2 * row);
  const places =
    (await placesAround(map, { data, rows: 2 * n, dim }, new AbortController().signal)) ?? expect.fail();
  for (let row = 0; row < 2 * n; row++) {
    expect(Math.sign(places[2 * row] ?? 0), `row ${row}`).toBe(row % 2 === 0 ? 1 : -1);
    expect(Math.abs(places[2 * row] ?? 0)).toBeLessThan(3e-4);
  }
  const other = (places[2 * m] ?? 0) / (places[0] ?? 0);
  expect(other).toBeGreaterThan(0.5);
  const flat = await placesAround(
    new Float32Array(4 * m),
    { data, rows: 2 * n, dim },
    new AbortController().signal,
  );
  expect(flat).toBeUndefined();
}, 60_000);
