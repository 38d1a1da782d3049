// The bench's own figures: that every phase is timed, that the peers map the same points, and that a peer which is not
// installed is left out and named.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test, vi } from 'vitest';
import { exactTsne } from '../bench/exact-tsne-peer.ts';
import { PeerMissingError } from '../bench/peer-errors.ts';
import { trustworthiness } from '../bench/trustworthiness.ts';
import { clusters } from '../bench/tsne-points.ts';
import { growthOf, type TsneTiming } from '../bench/tsne-timing.ts';
import { embeddingAtlasUmap } from '../bench/umap-peer.ts';
import { adapterOptions, cli } from './support/cli-run.ts';

afterEach(() => vi.restoreAllMocks());

test('bench tsne times each phase and kernel, beside the peers that are there', async () => {
  const sizes = ['--sizes', '120', '--seeds', '0', '--iterations', '250', '--largest-peer', '0'];
  const argv = ['bench', 'tsne', ...sizes, '--largest-exact', '120', '--json', '--quiet'];
  const { code, stdout, stderr } = await cli([...argv, ...adapterOptions]);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  const { timings, comparisons, growth, missing } = JSON.parse(stdout);
  expect({ comparisons, growth, missing }).toEqual({ comparisons: [], growth: [], missing: [] });
  const [{ n, seconds, phases, kernels, peers }] = timings;
  expect(n).toBe(120);
  for (const phase of ['start', 'neighbours', 'probabilities', 'iterations']) {
    expect(phases[phase], phase).toBeGreaterThan(0);
  }
  const sum = phases.start + phases.neighbours + phases.probabilities + phases.iterations;
  expect(sum).toBeCloseTo(seconds, 9);
  const labels = kernels.map(({ label }: { label: string }) => label);
  if (labels.length > 0) expect(labels).toEqual(expect.arrayContaining(['tsne-repulsion', 'tsne-gradient']));
  expect(peers.map(({ name }: { name: string }) => name)).toEqual(['@keckelt/tsne']);
});

test('the exact peer keeps neighbours together', async () => {
  const x = clusters(100);
  const { embedding, seconds } = await exactTsne(x, 300);
  expect(embedding).toHaveLength(200);
  expect(seconds).toBeGreaterThan(0);
  expect(trustworthiness(x, embedding)).toBeGreaterThan(0.6); // 0.5 of a random map
});

test('a UMAP that is not installed is a PeerMissingError, which says how to install it', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'no-peer-'));
  vi.spyOn(process, 'cwd').mockReturnValue(folder);
  const failure = await embeddingAtlasUmap(clusters(20)).catch((error: unknown) => error);
  await rm(folder, { recursive: true });
  expect(failure).toBeInstanceOf(PeerMissingError);
  expect(failure).toMatchObject({
    peer: 'embedding-atlas',
    message:
      'embedding-atlas cannot be loaded; install it with: npm install --no-save --legacy-peer-deps embedding-atlas',
  });
});

test('growth is over all sizes, all but the first, and each step', () => {
  const timing = (n: number): TsneTiming => ({
    n,
    seconds: n ** 2,
    phases: { start: 0, neighbours: n ** 1.5, probabilities: 0, iterations: n },
    klDivergence: 1,
    trustworthiness: 1,
    neighbors: { search: 'exact', recall: 1 },
    gpuBytes: 0,
    kernels: [],
    peers: n < 1000 ? [{ name: 'scikit-learn', seconds: n ** 3, trustworthiness: 1 }] : [],
  });
  const growth = growthOf([10, 100, 1000].map(timing));
  const found = growth.map(({ what, from, to, exponent }) => [what, from, to, Number(exponent.toFixed(9))]);
  expect(found.slice(0, 4)).toEqual([
    ['ours', 10, 1000, 2],
    ['ours', 10, 100, 2],
    ['ours', 100, 1000, 2],
    ['ours, neighbours', 10, 1000, 1.5],
  ]);
  expect(growthOf([1, 10, 100, 1000].map(timing)).slice(0, 2)).toMatchObject([
    { from: 1, to: 1000 },
    { from: 10, to: 1000 },
  ]);
  expect(found.filter(([what]) => what === 'scikit-learn')).toEqual([['scikit-learn', 10, 100, 3]]);
});
