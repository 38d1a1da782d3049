import { table } from './table.ts';
import type { TsneReport } from './tsne.ts';
import { PEERS, type TsneGrowth, type TsneTiming } from './tsne-timing.ts';

/** The report as Markdown tables. */
export function tsneTable(report: TsneReport): string {
  const { iterations, timings, growth, missing } = report;
  const peer = report.sklearn === '' ? '' : `scikit-learn ${report.sklearn} on all cores, `;
  const head = [
    `adapter: ${report.adapter}`,
    `${peer}node ${report.node}; ${iterations} iterations, early stop off; ${report.date}`,
    ...missing.map((reason) => `left out: ${reason}`),
  ];
  const measured =
    timings.length > 0 ? [timesTable(timings), phasesTable(timings), kernelsTable(timings)] : [];
  return [head.join('\n'), ...comparisonTables(report), ...measured, growthTable(growth)].join('\n\n');
}

function comparisonTables({ comparisons }: TsneReport): string[] {
  return comparisons.map(({ name, runs, divergenceRatio, trustworthinessGain }) =>
    table(
      `${name}: mean KL ${divergenceRatio.toFixed(4)} of scikit-learn’s, trustworthiness ${signed(trustworthinessGain)}`,
      ['seed', 'KL', 'scikit-learn', 'trustworthiness', 'scikit-learn'],
      runs.map(({ seed, ours, sklearn }) => [
        String(seed),
        ours.klDivergence.toFixed(4),
        sklearn.klDivergence.toFixed(4),
        ours.trustworthiness.toFixed(5),
        sklearn.trustworthiness.toFixed(5),
      ]),
    ),
  );
}

function timesTable(timings: readonly TsneTiming[]): string {
  return table(
    'Points of 512 dimensions, seconds; in brackets trustworthiness, and KL where it is known',
    ['n', 'ours', ...PEERS],
    timings.map(({ n, peers, ...ours }) => [
      n.toLocaleString('en'),
      result(ours),
      ...PEERS.map((name) => {
        const peer = peers.find((p) => p.name === name);
        return peer ? result(peer) : 'not run';
      }),
    ]),
  );
}

function result(map: { seconds: number; trustworthiness: number; klDivergence?: number }): string {
  const divergence = map.klDivergence === undefined ? '' : `, ${map.klDivergence.toFixed(4)}`;
  return `${map.seconds.toFixed(1)} (${map.trustworthiness.toFixed(4)}${divergence})`;
}

function phasesTable(timings: readonly TsneTiming[]): string {
  const share = (part: number, all: number) => `${part.toFixed(2)} s, ${percent(part, all)}`;
  return table(
    'Phases of ours',
    ['n', 'PCA', 'neighbours', 'P', 'iterations', 'search', 'recall', 'GPU memory'],
    timings.map(({ n, seconds, phases, neighbors, gpuBytes }) => [
      n.toLocaleString('en'),
      share(phases.start, seconds),
      share(phases.neighbours, seconds),
      share(phases.probabilities, seconds),
      share(phases.iterations, seconds),
      neighbors.search,
      neighbors.recall.toFixed(4),
      `${(gpuBytes / 2 ** 20).toFixed(0)} MiB`,
    ]),
  );
}

function kernelsTable(timings: readonly TsneTiming[]): string {
  const labels = [...new Set(timings.flatMap(({ kernels }) => kernels.map(({ label }) => label)))];
  return table(
    'Kernels of one iteration on the finished map, GPU milliseconds and share',
    ['kernel', ...timings.map(({ n }) => n.toLocaleString('en'))],
    labels.map((label) => [
      label,
      ...timings.map(({ kernels }) => {
        const total = kernels.reduce((sum, { milliseconds }) => sum + milliseconds, 0);
        const milliseconds = kernels.find((kernel) => kernel.label === label)?.milliseconds ?? 0;
        return `${milliseconds.toFixed(2)}, ${percent(milliseconds, total)}`;
      }),
    ]),
  );
}

function growthTable(growth: readonly TsneGrowth[]): string {
  return table(
    'Growth: time as n to the power of',
    ['what', 'from n', 'to n', 'exponent'],
    growth.map(({ what, from, to, exponent }) => [
      what,
      from.toLocaleString('en'),
      to.toLocaleString('en'),
      exponent.toFixed(2),
    ]),
  );
}

function percent(part: number, all: number): string {
  return `${((100 * part) / all).toFixed(1)} %`;
}

function signed(value: number): string {
  return `${value < 0 ? '' : '+'}${value.toFixed(5)}`;
}
