// The gap of shards, reduced. The judge is `modalityGap` of the whole; and of the reduction, itself in other orders, to the bit.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Gpu } from '../src/device/gpu.ts';
import { modalityGap } from '../src/metrics/gap/modality-gap.ts';
import { OrderedReduction } from '../src/metrics/gap/ordered-reduction.ts';
import { readPairs } from '../src/metrics/gap/pairing.ts';
import { matchCosines, type ShardBlock, shardBlock, shardRows } from '../src/metrics/gap/shard-block.ts';
import { momentsOf, type ShardMoments } from '../src/metrics/gap/shard-moments.ts';
import { GapReduction, type ShardedGap } from '../src/metrics/gap/sharded-gap.ts';
import { measuredStatistics } from '../src/metrics/gap/table.ts';
import type { Vectors } from '../src/metrics/vectors.ts';
import { testGpu } from './support/gpu.ts';
import { seededNormal, seededUniform } from './support/numbers.ts';

let gpu: Gpu;
beforeAll(async () => {
  gpu = await testGpu();
});
afterAll(() => gpu.destroy());

const DIM = 24;
const SCALE = 30;
const SIZES = [37, 1, 64, 50, 23];
const N = SIZES.reduce((a, b) => a + b, 0);

/** Pairs whose modalities are apart, and whose matches are near; every fifth image has two captions. */
function pairs(): { images: Vectors; texts: Vectors } {
  const [x, noise] = [seededNormal(N * DIM, 1), seededNormal(N * DIM, 2)];
  let owner = 0;
  const ids: string[] = [];
  let left = 0;
  for (const size of SIZES) {
    for (let i = 0; i < size; i++) {
      if (i % 5 !== 1) owner = left + i;
      ids.push(`item ${owner}`);
      x.copyWithin((left + i) * DIM, owner * DIM, (owner + 1) * DIM);
    }
    left += size;
  }
  const shift = (d: number) => (d === 0 ? 1.5 : 0);
  const images = x.map((value, at) => value + shift(at % DIM));
  const texts = x.map((value, at) => value + 0.9 * (noise[at] ?? 0) - shift(at % DIM));
  return { images: { data: images, rows: N, dim: DIM, ids }, texts: { data: texts, rows: N, dim: DIM, ids } };
}

function shardsOf({ images, texts }: ReturnType<typeof pairs>) {
  let first = 0;
  return SIZES.map((rows) => {
    const part = ({ data, ids }: Vectors): Vectors => ({
      ...{ data: data.slice(first * DIM, (first + rows) * DIM), rows, dim: DIM },
      ids: ids?.slice(first, first + rows),
    });
    const shard = readPairs(part(images), part(texts));
    first += rows;
    return shard;
  });
}

interface Parts {
  readonly moments: readonly ShardMoments[];
  readonly blocks: readonly { readonly a: number; readonly b: number; readonly block: ShardBlock }[];
}

async function partsOf(shards: ReturnType<typeof shardsOf>): Promise<Parts> {
  const rows = shards.map(shardRows);
  const matches = [];
  for (const shard of rows) matches.push(await matchCosines(gpu, shard));
  const blocks = [];
  for (const [a, queries] of rows.entries()) {
    for (const [b, searched] of rows.entries()) {
      const order = b < a ? 'before' : b === a ? 'same' : 'after';
      const match = matches[a] ?? new Float32Array();
      blocks.push({
        a,
        b,
        block: await shardBlock(gpu, queries, searched, match, order, { logitScale: SCALE }),
      });
    }
  }
  return { moments: shards.map(momentsOf), blocks };
}

/** In an order drawn by a seed; 0: in order. */
function reduced({ moments, blocks }: Parts, seed: number): ShardedGap {
  const reduction = new GapReduction(SCALE);
  for (const i of shuffled(moments.length, seed)) reduction.addMoments(i, moments[i] as ShardMoments);
  for (const i of shuffled(blocks.length, seed)) {
    const { a, b, block } = blocks[i] as Parts['blocks'][number];
    reduction.addBlock(a, b, block);
  }
  return reduction.finish();
}

function shuffled(n: number, seed: number): number[] {
  const keys = seed === 0 ? Float32Array.from({ length: n }, (_, i) => i) : seededUniform(n, seed);
  return Array.from({ length: n }, (_, i) => i).sort((i, j) => (keys[i] ?? 0) - (keys[j] ?? 0));
}

let parts: Parts;
beforeAll(async () => {
  parts = await partsOf(shardsOf(pairs()));
});

test('equals the gap of the whole to 1e-6, in every statistic but separability', async () => {
  const { images, texts } = pairs();
  const options = { resamples: 0, permutations: 0, logitScale: SCALE };
  const whole = await modalityGap(gpu, images, texts, options);
  const { report } = reduced(parts, 0);
  expect(report).toMatchObject({ pairs: N, items: whole.items, dim: DIM, pairedBy: 'ids' });
  expect(whole.items).toBeLessThan(N);
  const values = (of: typeof whole) =>
    Object.fromEntries(measuredStatistics(of).map(({ name, estimate }) => [name, estimate.value]));
  const [ours, theirs] = [values(report), values(whole)];
  expect(Object.keys(ours)).toEqual(Object.keys(theirs));
  for (const [name, value] of Object.entries(theirs)) {
    if (name === 'separability') expect(ours[name]).toBeNaN();
    else expect(Math.abs((ours[name] ?? Number.NaN) - value), `${name}: ${value}`).toBeLessThan(1e-6);
  }
  expect(
    Math.max(...report.gapVector.map((value, d) => Math.abs(value - (whole.gapVector[d] ?? 0)))),
  ).toBeLessThan(1e-9);
  expect(theirs['retrieval.imageToText.recallAt1']).toBeLessThan(1); // so that ranks say something
  expect(theirs.modalityPurity).toBeLessThan(1);
});

test('20 random orders give the same bits', () => {
  const first = reduced(parts, 0);
  for (let seed = 1; seed <= 20; seed++) expect(reduced(parts, seed), `order ${seed}`).toStrictEqual(first);
});

test('the same bits where the parts are computed again', async () => {
  expect(reduced(await partsOf(shardsOf(pairs())), 7)).toStrictEqual(reduced(parts, 0));
});

test('counts of cosines: each pair of rows once', () => {
  const { matched, cosines } = reduced(parts, 0);
  const total = (counts: Float64Array | undefined) => counts?.reduce((a, b) => a + b, 0);
  expect(total(matched.counts)).toBe(N);
  expect(total(cosines?.imageImage.counts)).toBe(N * N - N);
  expect(total(cosines?.textText.counts)).toBe(N * N - N);
  expect(total(cosines?.imageText.counts)).toBe(N * N);
});

test('without blocks, what compares all with all is undefined, and the rest as before', () => {
  const reduction = new GapReduction();
  for (const [i, moments] of parts.moments.entries()) reduction.addMoments(i, moments);
  const { report, cosines } = reduction.finish();
  const whole = reduced(parts, 0).report;
  expect(cosines).toBeUndefined();
  expect(report.retrieval.imageToText.recallAt1.value).toBeNaN();
  expect(report.uniformity.images.value).toBeNaN();
  expect(report.meanCosine).toStrictEqual(whole.meanCosine);
  expect(report.distributionGap).toStrictEqual(whole.distributionGap);
});

describe('the reduction', () => {
  test.each([1, 2, 3, 7, 8, 21])('merges %i parts in one tree, whatever comes first', (n) => {
    const merged = (seed: number) => {
      const reduction = new OrderedReduction<string>((a, b) => `(${a} ${b})`);
      for (const i of shuffled(n, seed)) reduction.add(i, String(i));
      return reduction.result();
    };
    const first = merged(0);
    expect(first?.match(/\d+/g)).toEqual(Array.from({ length: n }, (_, i) => String(i)));
    for (let seed = 1; seed <= 20; seed++) expect(merged(seed)).toBe(first);
  });

  test('of nothing is undefined', () => {
    expect(new OrderedReduction<string>((a) => a).result()).toBeUndefined();
  });
});
