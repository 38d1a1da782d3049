// Writes the tables and pictures of docs/closing-the-gap.md from docs/closing/results.json; run by `npm run closing`.
import { readFileSync, writeFileSync } from 'node:fs';
import { writePictures } from './pictures.ts';

interface Difference {
  readonly value: number;
  readonly low: number;
  readonly high: number;
}
interface Row {
  readonly name: string;
  readonly values: Readonly<Record<string, number>>;
  readonly toCentring: Readonly<Record<string, Difference>>;
  readonly toNone: Readonly<Record<string, Difference>>;
}
interface Results {
  readonly subjects: readonly Row[];
  readonly captions: readonly Row[];
  readonly concepts: readonly Row[];
  readonly temperature: readonly Row[];
  readonly few: Readonly<Record<string, readonly Row[]>>;
}

const at = (path: string) => new URL(path, import.meta.url);
const results: Results = JSON.parse(readFileSync(at('results.json'), 'utf8'));

type Column = readonly [title: string, cell: (row: Row) => string];

const plain =
  (measure: string, digits = 3) =>
  (row: Row) =>
    row.values[measure]?.toFixed(digits) ?? '';
const change = (of: 'toCentring' | 'toNone', measure: string) => (row: Row) => {
  const found = row[of][measure];
  if (!found || (of === 'toCentring' && row.name === 'centring') || (of === 'toNone' && row.name === 'none'))
    return '';
  const { value, low, high } = found;
  return `${signed(value)} [${signed(low)}, ${signed(high)}]`;
};
const signed = (value: number) => `${value < 0 ? '-' : '+'}${Math.abs(value).toFixed(3)}`;
const both = (measure: string) => (row: Row) => {
  const [i, t] = [
    row.values[`retrieval.imageToText.${measure}`],
    row.values[`retrieval.textToImage.${measure}`],
  ];
  return i === undefined || t === undefined ? '' : ((i + t) / 2).toFixed(3);
};
const errorRatio = (rows: readonly Row[]) => (row: Row) => {
  const centring = rows.find(({ name }) => name === 'centring')?.values.meanAveragePrecision ?? Number.NaN;
  return ((1 - (row.values.meanAveragePrecision ?? Number.NaN)) / (1 - centring)).toFixed(3);
};

function table(rows: readonly Row[], columns: readonly Column[]): string {
  const lines = rows.map((row) => `| ${[row.name, ...columns.map(([, cell]) => cell(row))].join(' | ')} |`);
  const head = `| method | ${columns.map(([title]) => title).join(' | ')} |`;
  return [head, `|---|${columns.map(() => '---|').join('')}`, ...lines].join('\n');
}

const GAP: Column = [
  'distribution gap (floor)',
  (row) => `${plain('distributionGap')(row)} (${plain('floor', 4)(row)})`,
];
const LOCAL: readonly Column[] = [
  ['own among 10 nearest', plain('modalityPurity')],
  ['mAP', plain('meanAveragePrecision')],
  ['ARI', plain('clusters.adjustedRand')],
  ['V', plain('clusters.vMeasure')],
  ['R@10', both('recallAt10')],
];
const ZERO_SHOT: readonly Column[] = [
  ['zero-shot', plain('zeroShot.accuracy')],
  ['prompts by their own mean', plain('ownMean')],
];

const TABLES: Readonly<Record<string, () => string>> = {
  subjects: () =>
    table(results.subjects, [
      ['(1 - mAP) / centring’s', errorRatio(results.subjects)],
      ['mAP - centring', change('toCentring', 'meanAveragePrecision')],
      ['zero-shot - centring', change('toCentring', 'zeroShot.accuracy')],
      ...ZERO_SHOT,
      GAP,
      ...LOCAL.filter(([title]) => title !== 'V'),
    ]),
  captions: () =>
    table(results.captions, [
      GAP,
      ...LOCAL,
      ['mAP - centring', change('toCentring', 'meanAveragePrecision')],
      ['ARI - centring', change('toCentring', 'clusters.adjustedRand')],
      ['zero-shot', plain('zeroShot.accuracy')],
      ['zero-shot - none', change('toNone', 'zeroShot.accuracy')],
      ['answers flipped', plain('zeroShot.flips')],
    ]),
  concepts: () =>
    table(results.concepts, [
      ['search NDCG@10', plain('search')],
      ['search - none', change('toNone', 'search')],
      ['search - centring', change('toCentring', 'search')],
      GAP,
      ['own among 10 nearest', plain('modalityPurity')],
      ['pair NDCG@10', plain('mixedNdcgAt10')],
      ['mAP', plain('meanAveragePrecision')],
      ['R@10', both('recallAt10')],
    ]),
  temperature: () => table(results.temperature, [GAP, ...LOCAL, ['zero-shot', plain('zeroShot.accuracy')]]),
  few: fewTable,
};

function fewTable(): string {
  const counts = Object.keys(results.few);
  const names = results.few[counts[0] ?? '']?.map(({ name }) => name) ?? [];
  const cell = (count: string, name: string) => {
    const row = results.few[count]?.find((one) => one.name === name);
    if (!row) return '';
    return `${plain('zeroShot.accuracy')(row)} / ${plain('meanAveragePrecision')(row)} / ${plain('distributionGap')(row)}`;
  };
  const lines = counts.map(
    (count) => `| ${[count, ...names.map((name) => cell(count, name))].join(' | ')} |`,
  );
  return [`| pairs | ${names.join(' | ')} |`, `|---|${names.map(() => '---|').join('')}`, ...lines].join(
    '\n',
  );
}

const page = at('../closing-the-gap.md');
let text = readFileSync(page, 'utf8');
for (const [name, make] of Object.entries(TABLES)) {
  if (!(name in results)) continue;
  const marked = new RegExp(`(<!-- ${name} -->\n)[^]*?(\n<!-- end -->)`);
  text = text.replace(marked, (_, before: string, after: string) => `${before}${make()}${after}`);
}
writeFileSync(page, text);
if ('temperature' in results) writePictures(results);
