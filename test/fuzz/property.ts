import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { countAllocations } from './allocations.ts';
import { corpusOf } from './corpus.ts';
import { edited, edits } from './edits.ts';
import { type Target, tried } from './target.ts';

const SEED = Number(process.env.FUZZ_SEED ?? 1);
const CASES = 5000;

/** The tests of a family of targets: its corpus, and seeded changes of it and of the seeds. FUZZ_SEED=2 takes others. */
export function fuzzed(targets: readonly Target[]): void {
  countAllocations();
  describe.each(targets)('$name', (target) => {
    test('files that are kept are read, or refused in a known way', async () => {
      const files = [...(await target.seeds()), ...(await corpusOf(target))];
      const became = [];
      for (const bytes of files) became.push(await tried(target, bytes));
      expect(became).toContain(target.whole === false ? 'refused' : 'read');
    });

    test('so are changed ones', async () => {
      const files = [...(await target.seeds()), ...(await corpusOf(target))];
      const around = { words: target.words ?? [''], others: files, repair: target.repair };
      const changed = fc
        .tuple(fc.nat(files.length - 1), edits)
        .map(([file, list]) => edited(files[file] ?? new Uint8Array(), list, around));
      const property = fc.asyncProperty(changed, async (bytes) => {
        await tried(target, bytes).catch((error: Error) => {
          error.message += `\nBase64 of the file: ${Buffer.from(bytes).toString('base64').slice(0, 20_000)}`;
          throw error;
        });
      });
      await fc.assert(property, { seed: SEED, numRuns: target.cases ?? CASES, verbose: 0 });
    });
  });
}
