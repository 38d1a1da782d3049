import { expect, test } from 'vitest';
import { boundOf, boundText } from '../bench/pipeline-bound.ts';

test('decoding bounds where it is slower: by how much, and how many cores keep up', () => {
  const bound = boundOf({ decoded: 600, embedded: 3300, together: 580 }, { cores: 2, threads: 4 });
  expect(bound).toMatchObject({ bound: 'decoding', ratio: 5.5, coresNeeded: 11 });
  expect(boundText(bound)).toBe(
    'decoding bounds, by 5.5 x: 600 images a second decoded, 3300 embedded, 580 together.\n' +
      'Decoded by 4 threads (UV_THREADPOOL_SIZE) on 2 cores; to keep up with this adapter takes 11 cores.',
  );
});

test('the GPU bounds where it is slower; a pool of fewer threads than cores uses as many cores', () => {
  const bound = boundOf({ decoded: 600, embedded: 120, together: 118 }, { cores: 16, threads: 1 });
  expect(bound).toMatchObject({ bound: 'the GPU', ratio: 5, coresNeeded: 1 });
  expect(boundText(bound)).toMatch(
    /^the GPU bounds, by 5\.0 x: .*\nDecoded by 1 thread .* on 16 cores; .* takes 1 core\.$/,
  );
});
