import { beforeEach, describe, expect, test, vi } from 'vitest';
import { FakeEngine, settled } from './page/fake-engine.ts';

// What the map knows, without a browser: the history of the selection, where points are dense and how that is named.

const fake = vi.hoisted(() => {
  Object.assign(globalThis, {
    document: { hidden: true, baseURI: 'http://localhost/' },
    matchMedia: () => ({ matches: false, addEventListener: () => {} }),
  });
  return { engine: undefined as FakeEngine | undefined };
});
vi.mock('biomedclip-webgpu', () => import('../src/index.ts'));
vi.mock('biomedclip-webgpu/plots', () => import('../src/plots/index.ts'));
vi.mock('../examples/browser/src/engine/client.ts', () => ({ engine: () => fake.engine?.remote }));

const { inSight, isClose, namesApart, sparse } = await import('../examples/browser/src/draw/map-marks.ts');
const { fittingView, pointBeside, rowAt } = await import('../examples/browser/src/draw/map-view.ts');
const { mapSvg } = await import('../examples/browser/src/export/map-svg.ts');
const { insideOutline, isClick } = await import('../examples/browser/src/draw/inside-outline.ts');
const { denseRegions } = await import('../examples/browser/src/engine/dense-regions.ts');
const { alongAxes, principalAxes } = await import('../examples/browser/src/engine/principal-axes.ts');
const { typicalWords } = await import('../examples/browser/src/engine/typical-words.ts');
const { seededNormals } = await import('../src/metrics/random.ts');
const focus = await import('../examples/browser/src/state/focus.ts');
const maps = await import('../examples/browser/src/state/map.ts');
const hidden = await import('../examples/browser/src/state/map-hidden.ts');
const layout = await import('../examples/browser/src/state/map-layout.ts');
const look = await import('../examples/browser/src/state/map-look.ts');
const regions = await import('../examples/browser/src/state/map-regions.ts');
const searching = await import('../examples/browser/src/state/search.ts');
const { sceneNow } = await import('../examples/browser/src/views/scene-now.ts');
const selection = await import('../examples/browser/src/state/selection.ts');
const { session } = await import('../examples/browser/src/state/session.ts');

const DIM = 2;
const vectors = (rows: number) => ({ data: new Float32Array(DIM * rows), rows, dim: DIM });

/** Pairs that were embedded, with the label and the caption of each. */
function openPairs(facts: readonly { readonly label: string; readonly caption?: string }[]): void {
  const n = facts.length;
  session.take({
    model: undefined,
    space: { name: 'tiny', fingerprint: 'f', dim: DIM },
    inputs: facts.map(({ label, caption = '' }, i) => ({ id: `${i}.png`, caption, label, image: undefined })),
    window: undefined,
    embedded: {
      images: vectors(n),
      texts: vectors(n),
      kept: facts.map((_, i) => i),
      skipped: [],
      truncated: 0,
      distances: new Float32Array(n),
    },
  });
}

layout.followPrincipalMap();
regions.followRegions();
searching.followSearch();

let engine: FakeEngine;

beforeEach(() => {
  engine = fake.engine = new FakeEngine();
  layout.mapLayout.value = 'tsne';
  look.colourMode.value = 'modality';
  openPairs(['bone', 'bone', 'brain'].map((label) => ({ label })));
});

const image = (pair: number) => ({ modality: 'image', pair }) as const;
const text = (pair: number) => ({ modality: 'text', pair }) as const;

describe('the history of the selection', () => {
  const now = () => [...selection.selectedPoints.value].map(({ modality, pair }) => `${modality} ${pair}`);

  test('goes back and forth over every step, wherever it was made', () => {
    selection.select([image(0), image(1)], 'map');
    selection.select([text(2)], 'map', 'add');
    selection.select([image(0)], 'heatmap', 'remove');
    selection.togglePair(1, 'list');
    expect(now()).toEqual(['text 2']);
    const back = [];
    while (selection.canUndo.value) {
      selection.undoSelection();
      back.push(now());
    }
    expect(back).toEqual([
      ['image 1', 'text 2'],
      ['image 0', 'image 1', 'text 2'],
      ['image 0', 'image 1'],
      [],
    ]);
    selection.redoSelection();
    selection.redoSelection();
    expect(now()).toEqual(['image 0', 'image 1', 'text 2']);
    expect(selection.selectedElsewhere('map')).toBeUndefined(); // the origin came back, too
    expect(selection.selectedElsewhere('list')).toEqual([0, 1, 2]);
  });

  test('a new step after an undone one ends what could be redone; the same points are no step', () => {
    selection.toggle(image(0), 'map');
    selection.undoSelection();
    expect(selection.canRedo.value).toBe(true);
    selection.select([text(1)], 'map');
    expect(selection.canRedo.value).toBe(false);
    selection.select([text(1)], 'heatmap');
    selection.undoSelection();
    expect([now(), selection.canUndo.value]).toEqual([[], false]);
    selection.clearSelection();
    expect(selection.canUndo.value).toBe(false);
  });

  test('belongs to the pairs: others have none of it', () => {
    selection.select([image(2)], 'map');
    openPairs([{ label: 'x' }]);
    expect([now(), selection.canUndo.value, selection.canRedo.value]).toEqual([[], false, false]);
    selection.undoSelection();
    selection.redoSelection();
    expect(now()).toEqual([]);
  });
});

describe('outlines', () => {
  test('take the points whose pixel they enclose', () => {
    const at: Readonly<Record<number, [number, number]>> = { 0: [5, 5], 1: [15, 5], 2: [5, 9] };
    const pixelsOf = ({ pair }: { readonly pair: number }): [number, number] => at[pair] ?? [99, 99];
    const box = [[0, 0], [10, 0], [10, 8], [0, 8]] as const; // biome-ignore format: corners
    expect(insideOutline(box, [0, 1, 2, 3].map(image), pixelsOf)).toEqual([image(0)]);
    expect(insideOutline(box.slice(0, 2), [image(0)], pixelsOf)).toEqual([]);
  });

  test('without extent are a click', () => {
    expect(isClick([[4, 4], [6, 5]], 5)).toBe(true); // biome-ignore format: corners
    expect(isClick([[4, 4], [40, 5], [4, 4]], 5)).toBe(false); // biome-ignore format: corners
  });
});

describe('where points are dense', () => {
  // Judge: BERTopic's formula by hand. Words of the classes: bone bone fracture | bone brain; A = floor(5 / 2) = 2.
  // bone: 2/3 log(1 + 2/3) = 0.341, fracture: 1/3 log(1 + 2) = 0.366; bone: 1/2 log(1 + 2/3) = 0.255, brain: 0.549.
  test('typical words are those of class-based TF-IDF', () => {
    const classes = [['The bone of a bone'], ['bone', '12 brain']];
    const fractured = [[...(classes[0] ?? []), 'with a fracture'], classes[1] ?? []];
    expect(typicalWords(fractured, 2)).toEqual([
      ['fracture', 'bone'],
      ['brain', 'bone'],
    ]);
    expect(typicalWords([['X-ray of the chest', 'X-ray'], ['']], 1)).toEqual([['x-ray'], []]);
  });

  /** Clouds around the centres, in turn. */
  function clouds(centres: readonly (readonly [number, number])[], points: number, spread: number) {
    const places = seededNormals(2 * points, 7, spread);
    for (let i = 0; i < places.length; i++)
      places[i] = (places[i] ?? 0) + (centres[(i >> 1) % centres.length]?.[i % 2] ?? 0);
    return { side: 100, places, pairs: Array.from({ length: points }, (_, i) => i) };
  }

  test('three clouds are three regions, each with its own words, around its own middle', () => {
    const centres = [[-35, -30], [30, -20], [0, 35]] as const; // biome-ignore format: places
    const words = ['chest x-ray', 'brain mri', 'pie chart'];
    const given = clouds(centres, 1500, 3);
    const captions = given.pairs.map((i) => `this is a photo of ${words[i % 3]}`);
    const { regions, lines } = denseRegions({ ...given, captions });
    expect(regions.map(({ name }) => name.split(', ').slice(0, 2).sort().join(' ')).sort()).toEqual([
      'brain mri',
      'chart pie',
      'chest x-ray',
    ]);
    for (const { at, points } of regions) {
      const near = centres.filter(([x, y]) => Math.hypot(x - at[0], y - at[1]) < 2);
      expect(near).toHaveLength(1);
      expect(points).toBeGreaterThan(400);
    }
    const level = Math.min(...lines.map((line) => line.level));
    expect(lines.filter((line) => line.level === level)).toHaveLength(3);
  });

  test('one cloud without captions is one region without a name; no points are none', () => {
    const given = clouds([[0, 0]], 1000, 8);
    const { regions } = denseRegions({ ...given, captions: [] });
    expect(regions).toMatchObject([{ name: '' }]);
    const none = denseRegions({ side: 100, places: new Float32Array(), pairs: [], captions: [] });
    expect(none).toEqual({ lines: [], regions: [] });
  });
});

/** Places of the principal map that no two points share. */
const flat = (pairs: number, from = 0) => Float32Array.from({ length: 4 * pairs }, (_, i) => from + i ** 1.5);

/** Answers what asks for the principal map. */
async function answerPca(pairs: number, from = 0): Promise<void> {
  await engine.answer('principalMap', { embedding: flat(pairs, from), explained: [0.5, 0.25] });
}

/** A whole descent. */
async function descend(embedding: Float32Array<ArrayBuffer>): Promise<void> {
  const done = maps.runMap();
  const { given, resolve } = await engine.next('map');
  await (given[1] as (step: object) => Promise<void>)({ iteration: 1000, klDivergence: 1, embedding });
  resolve(undefined);
  await done;
}

describe('what the legend hides', () => {
  const visible = () => hidden.visibleRows.value;

  test('is a modality, a label, or all but one; and is counted', async () => {
    await answerPca(3);
    expect([visible(), hidden.hiddenNote.value]).toEqual([undefined, undefined]);
    hidden.togglePart({ kind: 'modality', modality: 'text' });
    hidden.togglePart({ kind: 'labels', labels: ['brain'] });
    expect([visible(), hidden.hiddenCount.value]).toEqual([[0, 1], 4]);
    expect(hidden.hiddenNote.value).toBe('4 points hidden: texts, brain');
    hidden.togglePart({ kind: 'modality', modality: 'text' });
    expect(visible()).toEqual([0, 1, 3, 4]);
    hidden.showOnly({ kind: 'labels', labels: ['brain'] });
    expect(visible()).toEqual([2, 5]);
    hidden.showOnly({ kind: 'labels', labels: ['brain'] });
    expect(visible()).toBeUndefined();
    hidden.showOnly({ kind: 'modality', modality: 'image' });
    expect(visible()).toEqual([0, 1, 2]);
    openPairs([{ label: 'bone' }]);
    await answerPca(1);
    expect(visible()).toBeUndefined(); // of other pairs nothing is hidden
  });

  test('is not drawn, linked, ringed, found or walked to; files say so', async () => {
    await answerPca(3);
    focus.focusOn(text(0));
    hidden.togglePart({ kind: 'modality', modality: 'text' });
    const scene = sceneNow();
    expect(scene).toMatchObject({ visible: [0, 1, 2], links: [], ringed: [] });
    const svg = mapSvg(scene);
    expect(svg.match(/<circle(?! class)/g)).toHaveLength(3);
    expect(svg).toContain('3 points hidden: texts');
    const size = { width: 500, height: 400 };
    const view = fittingView(size);
    const all = Float32Array.of(0, 0, 1, 0);
    expect([rowAt(view, size, all, [250, 200], 10), rowAt(view, size, all, [250, 200], 10, [1])]).toEqual([
      0, 1,
    ]);
    expect([
      pointBeside(Float32Array.of(0, 0, 1, 0, 2, 0), 0, [1, 0]),
      pointBeside(Float32Array.of(0, 0, 1, 0, 2, 0), 0, [1, 0], [0, 2]),
    ]).toEqual([1, 2]);
    hidden.showAll();
    expect(sceneNow()).toMatchObject({ links: [0, 1, 2], ringed: [3] });
    focus.focusOn(undefined);
  });
});

describe('t-SNE and PCA', () => {
  test('PCA is shown until there is t-SNE, both stay, and each has the query in its own place', async () => {
    expect(layout.mapPicture.value).toBeUndefined();
    await answerPca(3);
    expect(layout.mapPicture.value?.layout).toBe('pca');
    const descended = Float32Array.from({ length: 12 }, (_, i) => i % 5);
    await descend(descended);
    const tsne = layout.mapPicture.value;
    expect(tsne).toEqual({ layout: 'tsne', embedding: descended });
    void searching.search({ kind: 'text', text: 'lung' });
    await engine.answer('embedQuery', { kind: 'text', vector: vectors(1) });
    await engine.answer('place', Float32Array.of(1, 2));
    expect(searching.queryPlace()).toEqual(Float32Array.of(1, 2));
    layout.mapLayout.value = 'pca';
    expect(searching.queryPlace()).toBeUndefined(); // not in the place that it had in the other
    await engine.answer('placeAlongAxes', Float32Array.of(3, 4));
    expect(searching.queryPlace()).toEqual(Float32Array.of(3, 4));
    layout.mapLayout.value = 'tsne';
    expect(layout.mapPicture.value).toBe(tsne);
  });

  test('after a shift the principal map is asked for anew, and an earlier answer counts for nothing', async () => {
    const first = await engine.next('principalMap');
    session.show({ kind: 'sliders', means: 1, shapes: 0 }, new Float32Array(3));
    await answerPca(3, 7);
    first.resolve({ embedding: flat(3), explained: [0.1, 0.1] });
    await settled();
    expect(layout.mapPicture.value?.embedding).toEqual(flat(3, 7));
  });

  // Judge: points along known directions. x spreads 4 times as far as y, and z not at all.
  test('the axes are those of the spread, with their share of the variance', async () => {
    const rows = 40;
    const dim = 5;
    const data = new Float32Array(rows * dim);
    for (let i = 0; i < rows; i++) {
      const [x, y] = [4 * Math.cos((2 * Math.PI * i) / rows), Math.sin((2 * Math.PI * i) / rows)];
      data.set([1, 0.6 * x - 0.8 * y, 2, 0.8 * x + 0.6 * y, -3], dim * i);
    }
    const axes = await principalAxes({ data, rows, dim });
    const expected = [0, 0.6, 0, 0.8, 0];
    for (const [d, value] of expected.entries()) expect(axes.axes[0][d]).toBeCloseTo(value, 4);
    expect(axes.explained[0]).toBeCloseTo(16 / 17, 5);
    expect(axes.explained[1]).toBeCloseTo(1 / 17, 5);
    const places = alongAxes({ data, rows, dim }, axes);
    expect(places[0]).toBeCloseTo(4, 4);
    expect(Math.abs(places[2 * 10 + 1] ?? 0)).toBeCloseTo(1, 4);
    const same = { data: new Float32Array(10).fill(0.5), rows: 2, dim };
    const none = await principalAxes(same);
    expect([none.explained, [...alongAxes(same, none)]]).toEqual([
      [0, 0],
      [0, 0, 0, 0],
    ]);
  });
});

describe('regions of a map', () => {
  const many = Array.from({ length: 500 }, (_, i) => ({ label: `${i % 3}`, caption: `caption ${i}` }));

  test('are asked for once it lies still, of what is shown of it, and are of that alone', async () => {
    openPairs(many);
    await engine.next('principalMap'); // of the pairs before
    await answerPca(500);
    const asked = await engine.answer('regions', {
      lines: [],
      regions: [{ name: 'a', points: 9, at: [0, 0] }],
    });
    expect((asked.given[0] as { places: Float32Array }).places).toHaveLength(2000);
    expect(sceneNow().regions?.regions).toHaveLength(1);
    hidden.togglePart({ kind: 'labels', labels: ['1'] });
    expect(sceneNow().regions).toBeUndefined();
    const again = await engine.answer('regions', { lines: [], regions: [] });
    const { places, pairs } = again.given[0] as { places: Float32Array; pairs: number[] };
    expect([places.length, pairs.every((pair) => pair % 3 !== 1)]).toEqual([2 * pairs.length, true]);
    expect(sceneNow().regions?.regions).toEqual([]);
    void maps.runMap();
    const { given } = await engine.next('map');
    await (given[1] as (step: object) => Promise<void>)({ iteration: 5, embedding: flat(500) });
    expect([sceneNow().regions, engine.waits('regions')]).toEqual([undefined, false]); // it moves
    regions.showRegions(false);
  });

  test('of few points are labels, and only when they are wanted', async () => {
    await answerPca(3);
    expect([regions.showsRegions.value, sceneNow().regions]).toEqual([false, undefined]);
    regions.showRegions(true);
    const named = sceneNow().regions?.regions ?? [];
    expect(named.map(({ name, points }) => `${name} ${points}`)).toEqual([
      'bone 2',
      'bone 2',
      'brain 1',
      'brain 1',
    ]);
    expect(engine.waits('regions')).toBe(false);
    expect(mapSvg(sceneNow())).toContain('>brain</text>');
  });
});

describe('what has room to be shown as it is', () => {
  const points = Float32Array.of(0, 0, 1, 0, 10, 0, 40, 0);
  const size = { width: 100, height: 100 };

  test('is what covers nothing before it, and is in sight', () => {
    const box = { width: 46, height: 46 };
    expect(sparse(points, [0, 1, 2, 3], 0, box)).toEqual([0]);
    expect(sparse(points, [0, 1, 2, 3], 3, box)).toEqual([0, 2, 3]);
    expect(sparse(points, [1, 2], 3, box)).toEqual([1, 2]);
    const near = { ...fittingView(size), zoom: 3 };
    expect(inSight(points, [0, 2, 3], near, size)).toEqual([0, 2]);
    expect([isClose(near, fittingView(size)), isClose(fittingView(size), fittingView(size))]).toEqual([
      true,
      false,
    ]);
  });

  test('names that would cover a larger region’s are left out', () => {
    const name = (x: number) => ({ name: 'word', points: 1, at: [x, 0] as const });
    expect(namesApart([name(0), name(3), name(9), { ...name(90), name: '' }], 10)).toEqual([
      name(0),
      name(9),
    ]);
  });
});
