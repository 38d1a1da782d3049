import { beforeEach, expect, test, vi } from 'vitest';
import { FakeEngine } from './page/fake-engine.ts';

// The rows of the table, without a browser: one table is sorted and filtered again and again, and must answer as a new one.

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

const table = await import('../examples/browser/src/state/pair-table.ts');
const selection = await import('../examples/browser/src/state/selection.ts');
const { session } = await import('../examples/browser/src/state/session.ts');

const FACTS = [
  { id: 'scan-10.png', caption: 'Chest X-ray', label: 'chest', group: 'p2' },
  { id: 'scan-9.png', caption: 'brain MRI', label: 'brain', group: 'p1' },
  { id: 'scan-1.png', caption: 'Brain CT', label: 'brain', group: 'p10' },
  { id: 'chart.png', caption: '', label: '', group: 'p2' },
] as const;
const DISTANCES = [0.3, 0.9, 0.1, 0.5];

function openPairs(facts: readonly (typeof FACTS)[number][]): void {
  const vectors = { data: new Float32Array(2 * facts.length), rows: facts.length, dim: 2 };
  session.take({
    model: undefined,
    space: { name: 'tiny', fingerprint: 'f', dim: 2 },
    inputs: facts.map((fact) => ({ ...fact, image: undefined })),
    window: undefined,
    embedded: {
      images: vectors,
      texts: vectors,
      kept: facts.map((_, i) => i),
      skipped: [],
      truncated: 0,
      distances: Float32Array.from(facts, (fact) => DISTANCES[FACTS.indexOf(fact)] ?? 0),
    },
  });
}

const shown = () => table.shownRows.value.map(({ id }) => id);

beforeEach(() => {
  fake.engine = new FakeEngine();
  openPairs(FACTS);
});

test('begins with the pair whose halves lie farthest apart', () => {
  expect(shown()).toEqual(['scan-9.png', 'chart.png', 'scan-10.png', 'scan-1.png']);
});

test('numbers in names count as numbers, capitals do not', () => {
  table.sortBy('id');
  expect(shown()).toEqual(['chart.png', 'scan-1.png', 'scan-9.png', 'scan-10.png']);
  table.sortBy('id');
  expect(shown()).toEqual(['scan-10.png', 'scan-9.png', 'scan-1.png', 'chart.png']);
  table.sortBy('group');
  expect(table.shownRows.value.map(({ group }) => group)).toEqual(['p1', 'p2', 'p2', 'p10']);
  table.sortBy('caption');
  expect(table.shownRows.value.map(({ caption }) => caption)).toEqual([
    '',
    'Brain CT',
    'brain MRI',
    'Chest X-ray',
  ]);
});

test.each([
  ['brain', ['scan-9.png', 'scan-1.png']],
  ['CHEST', ['scan-10.png']],
  ['scan-1', ['scan-10.png', 'scan-1.png']],
  ['p2', ['chart.png', 'scan-10.png']],
  ['nothing', []],
])(
  'each letter of a search shows what has it, in the file’s name, caption, label or group: %s',
  (words, rows) => {
    for (let letters = 1; letters <= words.length; letters++) {
      table.searched.value = words.slice(0, letters);
      void table.shownRows.value;
    }
    expect(shown()).toEqual(rows);
    table.searched.value = '';
    expect(shown()).toHaveLength(FACTS.length);
  },
);

test('what is searched does not reach from one column into the next', () => {
  table.searched.value = 'ctbrain';
  expect(shown()).toEqual([]);
});

test('search, class and order count together, and go with the pairs', () => {
  table.filterBy('label', 'brain');
  table.searched.value = 'scan';
  table.sortBy('caption');
  expect(shown()).toEqual(['scan-1.png', 'scan-9.png']);
  openPairs([FACTS[0], FACTS[1]]);
  expect(shown()).toEqual(['scan-9.png', 'scan-10.png']);
});

test('a selection made elsewhere narrows the rows, sorted as before', () => {
  table.sortBy('id');
  void table.shownRows.value;
  selection.select(
    [0, 2].map((pair) => ({ modality: 'image', pair })),
    'map',
  );
  expect(shown()).toEqual(['scan-1.png', 'scan-10.png']);
  selection.clearSelection();
  expect(shown()).toHaveLength(FACTS.length);
});
