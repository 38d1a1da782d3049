// Judges every way of closing the gap on the default model and writes docs/closing/results.json: `npm run closing`.
// Needs the set of weights/training/closing_set.py and embed-closing-set.ts in .cache/closing.
import { readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { requestGpu } from '../../src/device/adapter.ts';
import type { Gpu } from '../../src/device/gpu.ts';
import { openWebGpu } from '../../src/node/vulkan.ts';
import { difference, judge, meanScore, type Scores, type Setting } from './judge.ts';
import {
  captionSplit,
  columnSplit,
  readPrompts,
  readSet,
  type Split,
  type StudySet,
  subjectSplit,
} from './set.ts';
import { FEW, SETTINGS, TEMPERATURES } from './settings.ts';

/** What every table is made of: for each setting the mean over splits, and the difference to two others. */
interface Row {
  readonly name: string;
  readonly values: Readonly<Record<string, number>>;
  readonly toCentring: Readonly<Record<string, { value: number; low: number; high: number }>>;
  readonly toNone: Readonly<Record<string, { value: number; low: number; high: number }>>;
}

const out = fileURLToPath(new URL('results.json', import.meta.url));

async function judgeAll(
  gpu: Gpu,
  settings: readonly Setting[],
  set: StudySet,
  splits: readonly Split[],
  prompts?: Awaited<ReturnType<typeof readPrompts>>,
): Promise<Row[]> {
  const scores = new Map<string, Scores[]>();
  for (const [seed, split] of splits.entries()) {
    for (const setting of settings) {
      const found = await judge(gpu, setting, { set, split, prompts, seed });
      scores.set(setting.name, [...(scores.get(setting.name) ?? []), found]);
      process.stderr.write(`\r${seed + 1} of ${splits.length}: ${setting.name.padEnd(40)}`);
    }
  }
  return settings.map(({ name }) => rowOf(name, scores));
}

function rowOf(name: string, scores: ReadonlyMap<string, Scores[]>): Row {
  const own = scores.get(name) ?? [];
  const measures = [...(own[0]?.keys() ?? [])];
  const against = (other: string) => {
    const before = scores.get(other);
    const compared = before ? measures.filter((measure) => measure !== 'floor') : [];
    return Object.fromEntries(
      compared.map((measure) => [measure, rounded(difference(before ?? [], own, measure))]),
    );
  };
  const values = Object.fromEntries(measures.map((measure) => [measure, round(meanScore(own, measure))]));
  return { name, values, toCentring: against('centring'), toNone: against('none') };
}

const round = (value: number) => Number(value.toFixed(5));
const rounded = ({ value, low, high }: { value: number; low: number; high: number }) => ({
  value: round(value),
  low: round(low),
  high: round(high),
});

/** The fit of a split cut to so many pairs, drawn evenly. */
const fewer = (split: Split, count: number, seed: number): Split => {
  const step = split.fit.length / count;
  return {
    ...split,
    fit: Array.from({ length: count }, (_, i) => split.fit[Math.floor((i + seed / 3) * step)] ?? 0),
  };
};

const seeds = (count: number) => Array.from({ length: count }, (_, seed) => seed);
const gpu = await requestGpu(await openWebGpu(process.env.BIOMEDCLIP_ADAPTER));
const [drawn, icons, prompts] = [await readSet('drawn'), await readSet('icons'), await readPrompts()];
const wanted = process.argv.slice(2);
// Settings to judge again by how their names start, the others staying as they are: `ONLY=local,auto`. What they are
// compared with is judged too.
const only = process.env.ONLY?.split(',');
const chosen = only
  ? SETTINGS.filter(({ name }) => ['none', 'centring', ...only].some((start) => name.startsWith(start)))
  : SETTINGS;
const merged = (before: unknown, rows: unknown) =>
  only && Array.isArray(before) && Array.isArray(rows)
    ? before.map((row: Row) => rows.find(({ name }: Row) => name === row.name) ?? row)
    : rows;
const parts: Record<string, () => Promise<unknown>> = {
  subjects: () =>
    judgeAll(
      gpu,
      chosen,
      drawn,
      seeds(6).map((seed) => subjectSplit(drawn, seed)),
      prompts,
    ),
  captions: () =>
    judgeAll(
      gpu,
      chosen,
      drawn,
      seeds(3).map((seed) => captionSplit(drawn, seed)),
      prompts,
    ),
  concepts: () =>
    judgeAll(
      gpu,
      chosen,
      icons,
      seeds(3).map(() => columnSplit(icons, 'concepts')),
    ),
  temperature: () =>
    judgeAll(
      gpu,
      TEMPERATURES,
      drawn,
      seeds(3).map((seed) => captionSplit(drawn, seed)),
      prompts,
    ),
  few: async () => {
    const tables: Record<string, Row[]> = {};
    for (const count of [9, 30, 89, 300, 1000]) {
      const splits = seeds(2).map((seed) => fewer(captionSplit(drawn, seed), count, seed));
      tables[count] = await judgeAll(gpu, FEW, drawn, splits, prompts);
    }
    return tables;
  },
};
const results = JSON.parse(await readFile(out, 'utf8').catch(() => '{}'));
for (const [name, run] of Object.entries(parts)) {
  if (wanted.length > 0 && !wanted.includes(name)) continue;
  results[name] = merged(results[name], await run());
  await writeFile(out, `${JSON.stringify({ ...results, adapter: gpu.info.description }, null, 1)}\n`);
}
process.stderr.write('\n');
gpu.destroy();
