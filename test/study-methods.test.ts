// The judges: the numbers that the study was given, and that every work cited has its entry and no other has one.
import { expect, test } from 'vitest';
import { methodsText } from '../src/node/study/methods-text.ts';
import type { Study } from '../src/node/study/write-study.ts';

const estimate = (value: number) => ({ value, low: value, high: value, resamples: 9 });

function study(name: string, method: 'exact' | 'barnes_hut', squaredFrechet: number): Study {
  return {
    source: 'pairs.csv',
    provenance: {
      ...{ package: 'biomedclip-webgpu', version: '1.2.3', date: '2026-11-26T19:00:00Z', command: 'c' },
      ...{ seed: 7, adapter: 'a-gpu', driver: 'a driver', inputs: {}, model: { name, fingerprint: 'abc' } },
    },
    set: { manifest: { dtype: 'f16', adapter: 'a driver', skipped: [] } },
    measures: {
      gap: {
        ...{ pairs: 1234, dim: 512, resamples: 1000, permutations: 500 },
        squaredFrechet: estimate(squaredFrechet),
        distributionGap: estimate(0.1),
        effectiveRank: { images: estimate(10) },
      },
      tsne: { method, perplexity: 30, iterations: 750, klDivergence: 1.2345 },
    },
  } as unknown as Study;
}

test('says what was done, with the numbers of the run', () => {
  const { text } = methodsText(study('microsoft/BiomedCLIP', 'barnes_hut', 0.2));
  for (const said of [
    '1,234 image–caption pairs were embedded with BiomedCLIP (microsoft/BiomedCLIP) (Zhang et al. 2024) in 512 dimensions',
    'weights stored as f16; SHA-256 of the checkpoint abc',
    '1,000 resamples of the pairs (9 for spectral statistics)',
    '500 random pairings (seed 7)',
    'Barnes-Hut t-SNE (van der Maaten and Hinton 2008; van der Maaten 2014) with perplexity 30, 750 iterations',
    'biomedclip-webgpu 1.2.3 with WebGPU on a-gpu (driver a driver) on 2026-11-26.',
  ]) {
    expect(text).toContain(said);
  }
});

test('cites what it used and nothing else', () => {
  const { text, bibtex } = methodsText(study('embedded', 'exact', Number.NaN));
  expect(text).not.toMatch(/Zhang|Dowson|Barnes/);
  expect(bibtex).not.toMatch(/zhang2024|dowson1982|vandermaaten2014/);
  expect(bibtex).toMatch(/@software\{biomedclip-webgpu,[\s\S]*version = \{1\.2\.3\}/);
  expect(bibtex.match(/^@/gm)).toHaveLength(1 + (text.match(/\((?:[A-Z]|van )[^()]* \d{4}\)/g)?.length ?? 0));
});
