import { beforeEach, describe, expect, test, vi } from 'vitest';
import { FakeEngine, settled } from './page/fake-engine.ts';

// What links say of the view: written, read back, and never of other pairs. In a browser: page-kept.test.ts.

const fake = vi.hoisted(() => {
  const listeners: (() => void)[] = [];
  const location = { hash: '#set=2-nosuch&perplexity=2' };
  Object.assign(globalThis, {
    document: { hidden: true, baseURI: 'http://localhost/' },
    matchMedia: () => ({ matches: false, addEventListener: () => {} }),
    addEventListener: (_: string, listener: () => void) => listeners.push(listener),
    location,
    history: {
      state: null,
      replaceState: (_: unknown, __: string, link: string) => {
        location.hash = link;
      },
    },
  });
  return { engine: undefined as FakeEngine | undefined, listeners, location };
});
vi.mock('../examples/browser/src/engine/client.ts', () => ({
  engine: () => fake.engine?.remote,
  dropEngine: () => {},
}));

const { PointSet } = await import('../examples/browser/src/session/points.ts');
const closing = await import('../examples/browser/src/state/closing.ts');
const focus = await import('../examples/browser/src/state/focus.ts');
const { hiddenCode } = await import('../examples/browser/src/state/hidden-code.ts');
const maps = await import('../examples/browser/src/state/map.ts');
const look = await import('../examples/browser/src/state/map-look.ts');
const messages = await import('../examples/browser/src/state/messages.ts');
const opening = {
  ...(await import('../examples/browser/src/state/opening.ts')),
  ...(await import('../examples/browser/src/state/opening-task.ts')),
};
const { selectionCode } = await import('../examples/browser/src/state/selection-code.ts');
const selecting = await import('../examples/browser/src/state/selection.ts');
const { followUrl } = await import('../examples/browser/src/state/view-state.ts');

followUrl();

const vectors = (rows: number) => ({ data: new Float32Array(2 * rows), rows, dim: 2 });
const texts = () => messages.messages.value.map(({ text }) => text);
let engine: FakeEngine;

async function open(names: readonly string[]): Promise<void> {
  const pairs = names.map((id) => ({ id, caption: 'secret', label: '', image: undefined }));
  await opening.openSaved('Reading', async () => ({
    vectors: { images: vectors(names.length), texts: vectors(names.length) },
    space: { name: 'tiny', fingerprint: 'f', dim: 2 },
    pairs,
    notes: [],
  }));
}

/** What the address says once it has followed the view. */
async function link(): Promise<string> {
  await new Promise((resolve) => setTimeout(resolve, 320));
  return fake.location.hash;
}

/** People go to a link in the page. */
function goTo(hash: string): void {
  fake.location.hash = hash;
  for (const listener of fake.listeners) listener();
}

beforeEach(() => {
  engine = fake.engine = new FakeEngine();
  messages.messages.value = [];
});

describe('selections in links', () => {
  const { write, read } = selectionCode(() => 5000);
  const of = (images: number[], captions: number[]) => ({
    points: new PointSet([
      ...images.map((pair) => ({ modality: 'image' as const, pair })),
      ...captions.map((pair) => ({ modality: 'text' as const, pair })),
    ]),
    origin: 'list' as const,
  });
  const range = (n: number, step = 1) => Array.from({ length: n }, (_, i) => i * step);

  test.each([
    ['l.i0-4_z', of([0, 1, 2, 3, 4, 40], [])],
    ['l.p3v7', of([4999 + 0], [4999])],
    ['l.i1.t2', of([1], [2])],
    ['l.p0-3uv', of(range(5000), range(5000))],
  ])('%s', (text, selection) => {
    const written = write(selection);
    if (!text.startsWith('l.p3v7')) expect(written).toBe(text);
    expect([...(read(written ?? '')?.points ?? [])]).toEqual([...selection.points]);
    expect(read(written ?? '')?.origin).toBe('list');
  });

  test('of every second pair: a bit a pair, and what is still too long is left out', () => {
    const half = of(range(2500, 2), []);
    const written = write(half);
    expect(written).toMatch(/^l\.iB[\w-]{834}$/);
    expect([...(read(written ?? '')?.points ?? [])]).toEqual([...half.points]);
    expect(write(of(range(50_000, 2), []))).toBeUndefined();
    expect(write(of([], []))).toBeUndefined();
  });

  test.each([
    '',
    'l',
    'x.i0',
    'l.q0',
    'l.i',
    'l.i5000',
    'l.i0-zzzzzz',
    'l.iB',
    'l.iB*',
    'l.iBAAAAA',
    'l.i-',
    `l.i${'0_'.repeat(2000)}0`,
  ])('garbage %#', (text) => {
    expect(read(text)).toBeUndefined();
  });
});

describe('what is hidden, in links', () => {
  const { write, read } = hiddenCode(() => ['lung', 'brain', 'lung', 'a secret_label']);

  test.each([
    ['t_', { modalities: ['text' as const], labels: [] }],
    ['i_t_', { modalities: ['image' as const, 'text' as const], labels: [] }],
    ['_0_3', { modalities: [], labels: ['lung', 'a secret_label'] }],
    ['i__1', { modalities: ['image' as const], labels: ['brain'] }],
  ])('%s', (text, hidden) => {
    expect(write(hidden)).toBe(text);
    expect(read(text)).toEqual(hidden);
  });

  test.each(['', 'x', 'i', '_', '_4', '_zzz', 'i__1_', '_lung'])('garbage: %s', (text) => {
    expect(read(text)).toBeUndefined();
  });

  test('nothing, or too much, is left out', () => {
    expect(write({ modalities: [], labels: [] })).toBeUndefined();
    const many = Array.from({ length: 300 }, (_, i) => `class ${i}`);
    expect(hiddenCode(() => many).write({ modalities: [], labels: many })).toBeUndefined();
  });
});

describe('the address', () => {
  test('of a link of other pairs says so, and nothing of it comes', async () => {
    await open(['a.png', 'b.png']);
    expect(texts()).toEqual([expect.stringContaining('of other pairs')]);
    expect(maps.chosenPerplexity.value).toBeUndefined();
    expect((await engine.next('map')).given[0]).toEqual({ perplexity: 1 });
  });

  test('follows the view, holds nothing of the pairs, and is taken up again for the same pairs alone', async () => {
    const names = ['patient-1.png', 'patient-2.png', 'patient-3.png'];
    await open(names);
    look.colourMode.value = 'label';
    look.linkMode.value = 'worst';
    look.worstCount.value = 2;
    maps.chosenPerplexity.value = 2.5;
    selecting.select([{ modality: 'image', pair: 1 }], 'list');
    focus.focusOn({ modality: 'text', pair: 2 });
    closing.moveSlider('means', 0.5);
    await engine.answer('show', new Float32Array(3));
    const said = await link();
    expect(said).toMatch(
      /^#set=3-\w+&colour=label&links=worst&worst=2&perplexity=2.5&shift=0.5_0&selected=l.i1&at=t2$/,
    );
    expect(said).not.toMatch(/patient|secret/);

    await open(['other.png']);
    look.colourMode.value = 'modality';
    expect(await link()).toMatch(/^#set=1-\w+&links=worst&worst=2$/);
    goTo(said); // of pairs that are to be opened
    expect(texts().at(-1)).toContain('open those');
    engine.calls = [];
    await open(names);
    expect((await engine.next('map')).given[0]).toEqual({ perplexity: 2.5 });
    expect((await engine.next('show')).given[0]).toEqual({ kind: 'sliders', means: 0.5, shapes: 0 });
    expect(look.colourMode.value).toBe('label');
    expect([...selecting.selectedPoints.value]).toEqual([{ modality: 'image', pair: 1 }]);
    expect(focus.focused()).toEqual({ modality: 'text', pair: 2 });

    goTo(said.replace(/&selected.*$/, '&colour=pink&captions=x')); // says nothing of the selection: none
    await settled();
    expect(selecting.selectedPoints.value.size).toBe(0);
    expect(texts().at(-1)).toBe('Left out of the link, since it says nothing here: colour=pink, captions=x.');
  });

  test('a way back is followed, though a change of the view is about to be written', async () => {
    await open(['a.png', 'b.png']);
    look.linkMode.value = 'none';
    const before = await link();
    look.linkMode.value = 'selected';
    fake.location.hash = before.replace('none', 'worst'); // people go there, and the page hears of it later
    goTo(await link());
    expect(look.linkMode.value).toBe('worst');
  });

  test.each([
    '#%',
    '#set',
    '#=&=&&',
    `#perplexity=${'9'.repeat(5000)}`,
    '#shift=1_2_3&at=i9',
    '#perplexity=0',
  ])('that is garbage (%#) changes nothing', async (garbage) => {
    await open(['a.png', 'b.png']);
    look.colourMode.value = 'modality';
    look.linkMode.value = 'all';
    goTo(garbage);
    expect([maps.chosenPerplexity.value, closing.shift.value, focus.focused()]).toEqual(
      Array(3).fill(undefined),
    );
    for (const text of texts()) expect(text.length).toBeLessThan(200);
  });
});
