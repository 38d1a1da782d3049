// The judge: every cosine in double precision; what is uploaded and freed is counted by the device.
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import type { Gpu } from '../src/device/gpu.ts';
import type { Embeddings } from '../src/embeddings.ts';
import type { EmbedBatcher, NamedInput } from '../src/node/services/embed-batcher.ts';
import { FolderIndex } from '../src/node/services/folder-index.ts';
import { FolderSearch } from '../src/node/services/folder-search.ts';
import type { NamedFolder } from '../src/node/services/named-folders.ts';
import { testGpu } from './support/gpu.ts';
import { seededNormal } from './support/numbers.ts';

const DIM = 24;

let gpu: Gpu;
let another: Gpu;
beforeAll(async () => {
  [gpu, another] = await Promise.all([testGpu(), testGpu()]);
});
afterAll(() => {
  gpu.destroy();
  another.destroy();
});

const embeddings = (rows: number, seed: number): Embeddings => ({
  data: seededNormal(rows * DIM, seed),
  rows,
  dim: DIM,
  ids: Array.from({ length: rows }, (_, i) => `${i}.png`),
});

const query = embeddings(1, 9);

/** `[id, cosine]`, the best first. */
function judge({ data, rows, ids }: Embeddings): [string | undefined, number][] {
  const row = (of: Float32Array, i: number) => Array.from(of.subarray(i * DIM, (i + 1) * DIM));
  const dot = (a: number[], b: number[]) => a.reduce((sum, value, i) => sum + value * (b[i] ?? 0), 0);
  const q = row(query.data, 0);
  return Array.from({ length: rows }, (_, i): [string | undefined, number] => {
    const x = row(data, i);
    return [ids[i], dot(q, x) / Math.sqrt(dot(q, q) * dot(x, x))];
  }).sort(([, a], [, b]) => b - a);
}

async function expectFound(search: FolderSearch, images: Embeddings, topK: number): Promise<void> {
  const hits = await search.query(images, query, { topK });
  const best = judge(images).slice(0, topK);
  expect(hits.map(({ id }) => id)).toEqual(best.map(([id]) => id));
  for (const [i, { cosine }] of hits.entries()) expect(cosine).toBeCloseTo(best[i]?.[1] ?? 2, 6);
}

test('rows stay on the GPU while the images are the same, and go with them', async () => {
  const before = gpu.counters.bytesAlive;
  const search = new FolderSearch(async () => gpu);
  const [first, second] = [embeddings(150, 1), embeddings(90, 2)];
  await expectFound(search, first, 5);
  const held = gpu.counters.bytesAlive;
  expect(held - before).toBeGreaterThanOrEqual(150 * DIM * 4);
  const added = first.data.slice();
  first.data.fill(Number.NaN); // not read again
  const [again] = await search.query(first, query, { topK: 1 });
  first.data.set(added);
  expect(again?.id).toBe(judge(first)[0]?.[0]);
  expect(gpu.counters.bytesAlive).toBe(held);
  await expectFound(search, second, 1000); // more than there are
  expect(gpu.counters.bytesAlive).toBeLessThan(held);
  expect(await search.query(embeddings(0, 1), query, { topK: 5 })).toEqual([]);
  expect(gpu.counters.bytesAlive).toBe(before);
});

test('another GPU in place of a lost one gets the rows anew', async () => {
  let current = gpu;
  const search = new FolderSearch(async () => current);
  const images = embeddings(70, 3);
  const before = [gpu.counters.bytesAlive, another.counters.bytesAlive] as const;
  await expectFound(search, images, 3);
  current = another;
  await expectFound(search, images, 3);
  expect(gpu.counters.bytesAlive).toBe(before[0]);
  expect(another.counters.bytesAlive).toBeGreaterThan(before[1]);
});

test('a folder that did not change is searched by the rows of before', async () => {
  const listed = ['a.png', 'b.png', 'd.png'];
  const folder = {
    name: 'scans',
    list: async () => ({ images: listed.map((id) => ({ id, stamp: id })), refused: [] }),
    read: async (id: string) => ({ bytes: new Uint8Array(), stamp: id }),
  } as unknown as NamedFolder;
  const batcher = {
    async embed({ images = [] }: { images?: readonly Read[] }) {
      for (const { read } of images) await read();
      const rows = embeddings(images.length, images.length);
      return { images: { ...rows, ids: images.map(({ id }) => id) }, skipped: [] };
    },
  } as unknown as EmbedBatcher;
  const input = (id: string, _: string, read: Read['read']) => ({ id, read }) as unknown as NamedInput;
  const search = new FolderSearch(async () => gpu);
  const searched = vi.spyOn(search, 'query');
  const index = new FolderIndex(folder, batcher, search, async () => DIM, input);
  const first = await index.search(query, 2);
  const best = judge(first.images).slice(0, 2);
  expect(first.hits.map(({ id }) => id)).toEqual(best.map(([id]) => id));
  await index.search(query, 2);
  expect(searched.mock.calls[1]?.[0]).toBe(searched.mock.calls[0]?.[0]);
  listed.splice(2, 0, 'c.png');
  const { images, hits } = await index.search(query, 9);
  expect(images.ids).toEqual(['a.png', 'b.png', 'c.png', 'd.png']);
  expect(hits.map(({ id }) => id)).toEqual(judge(images).map(([id]) => id));
  const kept = [0, 1, 3].flatMap((row) => [...images.data.subarray(row * DIM, (row + 1) * DIM)]);
  expect(kept).toEqual([...first.images.data]);
});

interface Read {
  readonly id: string;
  readonly read: () => Promise<Uint8Array>;
}
