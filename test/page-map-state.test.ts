import { beforeEach, describe, expect, test, vi } from 'vitest';
import { FakeEngine } from './page/fake-engine.ts';

// What the map knows, without a browser: the history of the selection, where points are dense and how that is named.

const fake = vi.hoisted(() => {
  Object.assign(globalThis, {
    document: { hidden: true, baseURI: 'http://localhost/' },
    matchMedia: () => ({ matches: false, addEventListener: () => {} }),
  });
  return { engine: undefined as FakeEngine | undefined };
});
vi.mock('../examples/browser/src/engine/client.ts', () => ({ engine: () => fake.engine?.remote }));

const { insideOutline, isClick } = await import('../examples/browser/src/draw/inside-outline.ts');
const { denseRegions } = await import('../examples/browser/src/engine/dense-regions.ts');
const { typicalWords } = await import('../examples/browser/src/engine/typical-words.ts');
const { seededNormals } = await import('../src/metrics/random.ts');
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

beforeEach(() => {
  fake.engine = new FakeEngine();
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
