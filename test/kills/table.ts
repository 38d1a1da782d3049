import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { withRow } from '../faults/report.ts';
import type { State, Verdict } from './try-kills.ts';

const PAGE = join(import.meta.dirname, '../../docs/reliability.md');

/** A table of the page: what its rows count, and the line below it. */
export interface Table {
  readonly states: readonly State[];
  readonly end: string;
}

export const KILLED: Table = {
  states: ['as before', 'between', 'whole', 'ended'],
  end: '<!-- the end of the table of npm run kills -->',
};

/** Of two runs at once: the first one's output is there, or the second one's. */
export const TOGETHER: Table = {
  states: ['as before', 'whole'],
  end: '<!-- the end of the table of two runs at once -->',
};

export interface Try {
  readonly name: string;
  readonly run: () => Promise<Verdict>;
}

/** A long run that is stopped has its row by then. */
const WRITE_EACH = 10;

/** Tries all, and writes the job's row. @returns how many are wrong */
export async function measure(
  { states, end }: Table,
  name: string,
  tries: readonly Try[],
  more: readonly string[] = [],
): Promise<number> {
  const counts: Record<State, number> = { 'as before': 0, between: 0, whole: 0, ended: 0 };
  let wrong = 0;
  const begun = performance.now();
  for (const [i, one] of tries.entries()) {
    const { state, findings } = await one.run();
    counts[state] += 1;
    wrong += findings.length > 0 ? 1 : 0;
    for (const finding of findings) console.log(`${name}: ${one.name}: ${finding.slice(0, 300)}`);
    if ((i + 1) % WRITE_EACH !== 0 && i + 1 < tries.length) continue;
    const cells = [i + 1, ...states.map((state) => counts[state]), ...more, wrong].map(String);
    await writeFile(PAGE, withRow(await readFile(PAGE, 'utf8'), name, cells, end));
  }
  console.log(`${name}: ${tries.length} in ${Math.round((performance.now() - begun) / 1000)} s`, counts, {
    wrong,
  });
  return wrong;
}
