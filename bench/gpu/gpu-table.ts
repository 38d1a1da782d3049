import { rooflineTable } from '../roofline-table.ts';
import { table } from '../table.ts';
import { amount, verdictText } from './bars.ts';
import { variantOf } from './parity.ts';
import { type GpuReport, ORT, type RateRow } from './report.ts';
import { TORCH_MODES } from './torch-peer.ts';
import { VARIANTS } from './variants.ts';

const OURS = VARIANTS.map((name) => `ours ${name}`);

/** The report as Markdown tables, the bars last. */
export function gpuTable(report: GpuReport): string {
  const { date, version, node, adapter, model, rehearsal, minutes, seconds } = report;
  const head = [
    `adapter: ${adapter}`,
    `biomedclip-webgpu ${version}, node ${node}; ${date}; ${seconds.toFixed(0)} s of ${minutes} min`,
    `model: ${model}`,
    ...(rehearsal
      ? ['a rehearsal: a software adapter was taken for a GPU, and no figure here is one’s']
      : []),
  ];
  const found = [
    ...variantTables(report),
    ...rateTables(report),
    ...(report.roofline ? [rooflineTable(report.roofline)] : []),
    ...metricTables(report),
  ];
  return [head.join('\n'), ...found, stepTable(report), barTable(report)].join('\n\n');
}

function variantTables({ variants, parity }: GpuReport): string[] {
  if (variants.length === 0) return [];
  const families = (tiles: Readonly<Record<string, string>>) => {
    const of = Object.values(tiles).map((tile) => tile.split('.')[0] ?? '');
    return [...new Set(of)]
      .map((family) => `${of.filter((one) => one === family).length} ${family}`)
      .join(', ');
  };
  const loads = variants.map(({ name, seconds, tiles, absent }) => [
    name,
    absent === undefined ? (seconds?.toFixed(1) ?? '') : `absent: ${absent}`,
    families(tiles),
  ]);
  const checks = parity.map(({ tower, variant, judge, at = '', lowestCosine, atLeast, right }) => [
    ...[tower, variant, judge, at, lowestCosine.toFixed(7), String(atLeast), right ? 'right' : 'WRONG'],
  ]);
  return [
    table('Loaded', ['variant', 'seconds', 'tiles of its products'], loads),
    table('Parity', ['tower', 'variant', 'judge', 'at', 'lowest cosine', 'at least', ''], checks),
  ];
}

function rateTables({ rates, ort, torch, variants }: GpuReport): string[] {
  const absent = (peer: string) =>
    variants.find(({ name, absent }) => name === variantOf(peer) && absent !== undefined) && 'absent';
  const named = (title: string, peers: readonly string[], rows: readonly RateRow[]) =>
    table(
      title,
      ['what', 'batch', ...peers],
      sorted(rows).map((row) => [
        ...[row.name, String(row.batch)],
        ...peers.map((peer) => rateIn(row, peer) ?? absent(peer) ?? failure(row) ?? 'not measured'),
      ]),
    );
  return [
    ...(rates.length > 0 ? [named('Images and texts a second', OURS, rates)] : []),
    ...(ort.length > 0
      ? [named('Beside ONNX Runtime’s WebGPU, in turn, a second', [ORT, ...OURS], ort)]
      : []),
    ...(torch ? [torchTable(torch, rates)] : []),
  ];
}

function torchTable(
  { torch, name, python, made, rows }: NonNullable<GpuReport['torch']>,
  rates: readonly RateRow[],
): string {
  const batches = sorted([...new Map(rows.map((row) => [`${row.work} ${row.batch}`, row])).values()]);
  return table(
    `PyTorch ${torch} on ${name} (${python}; images: ${made.images}, texts: ${made.texts}), a second`,
    ['what', 'batch', ...TORCH_MODES, ...OURS],
    batches.map(({ work, batch }) => [
      ...[work, String(batch)],
      ...TORCH_MODES.map((mode) => {
        const row = rows.find((one) => one.work === work && one.batch === batch && one.mode === mode);
        return row?.perSecond?.toPrecision(4) ?? (row && failure(row)) ?? 'not measured';
      }),
      ...OURS.map((peer) => {
        const row = rates.find((one) => one.work === work && one.batch === batch);
        return (row && rateIn(row, peer)) ?? 'not measured';
      }),
    ]),
  );
}

function metricTables({ similarity, tsne, decoding }: GpuReport): string[] {
  const races = similarity.flatMap((report) => report.races);
  const timings = tsne.flatMap((report) => report.timings);
  const rows = (n: number) => n.toLocaleString('en');
  const nearest = races.flatMap(({ n, peers, gpuBytes }) =>
    peers.map(({ time, firstMs, gflops, parity }) => [
      ...[rows(n), time.median.toFixed(1), firstMs.toFixed(0), gflops.toPrecision(4)],
      ...[parity.toFixed(7), (gpuBytes / 1e6).toFixed(0)],
    ]),
  );
  const maps = timings.map(({ n, seconds, phases, klDivergence, trustworthiness }) => [
    ...[rows(n), seconds.toFixed(2), phases.start.toFixed(2), phases.neighbours.toFixed(2)],
    ...[phases.probabilities.toFixed(2), phases.iterations.toFixed(2)],
    ...[klDivergence.toFixed(4), trustworthiness.toFixed(4)],
  ]);
  const nearestHead = ['rows', 'median ms', 'first ms', 'GFLOP/s', 'lowest cosine', 'MB'];
  const mapHead = ['rows', 'seconds', 'PCA', 'neighbours', 'P', 'iterations', 'KL', 'trustworthiness'];
  return [
    ...(nearest.length > 0 ? [table('The ten nearest of all rows of 512', nearestHead, nearest)] : []),
    ...(maps.length > 0
      ? [table('t-SNE of rows of 512; trustworthiness over some 100 points', mapHead, maps)]
      : []),
    ...(decoding ? [decodingText(decoding)] : []),
  ];
}

function decodingText({ images, perSecond, cores, threads }: NonNullable<GpuReport['decoding']>): string {
  return `decoding on the host: ${perSecond.toFixed(0)} images a second (${images} images, ${cores} cores, ${threads} threads)`;
}

function stepTable({ steps }: GpuReport): string {
  return table(
    'Steps',
    ['step', 'became', 'seconds', 'why'],
    steps.map(({ name, became, seconds, why = '' }) => [name, became, seconds.toFixed(1), why]),
  );
}

function barTable({ bars, rehearsal }: GpuReport): string {
  const what = rehearsal ? ' (a rehearsal: they say nothing of a GPU)' : '';
  return table(
    `Bars, by the batch that is the furthest behind${what}`,
    ['bar', 'at least', 'measured', 'at', 'verdict'],
    bars.map((bar) => [
      ...[bar.name, amount(bar.atLeast, bar.unit)],
      ...[bar.figure === undefined ? '' : amount(bar.figure, bar.unit), bar.at ?? '', verdictText(bar)],
    ]),
  );
}

/** Its beginning: the JSON has all of it. */
function failure({ failed }: Pick<RateRow, 'failed'>): string | undefined {
  return failed === undefined ? undefined : `failed: ${failed.slice(0, 60)}`;
}

function rateIn({ peers }: RateRow, peer: string): string | undefined {
  return peers.find(({ name }) => name === peer)?.perSecond.toPrecision(4);
}

function sorted<R extends Pick<RateRow, 'work' | 'batch'>>(rows: readonly R[]): R[] {
  const order = ['images', 'prompts', 'captions'];
  return [...rows].sort((a, b) => order.indexOf(a.work) - order.indexOf(b.work) || a.batch - b.batch);
}
