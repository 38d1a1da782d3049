import type { ClosingReport } from './closing.ts';
import type { Spread } from './statistics.ts';
import { table } from './table.ts';

/** The report as a Markdown table. */
export function closingTable(report: ClosingReport): string {
  const { adapter, node, torch, pairs, batch, steps, rounds, date, trainings, forms } = report;
  const head = [
    `adapter: ${adapter}`,
    `PyTorch ${torch} on the CPU, node ${node}; ${rounds} rounds, in turn; ${date}`,
  ];
  const title = `A linear head a modality: ${pairs.toLocaleString('en')} pairs, ${steps} steps of ${batch}; seconds, median (min to max)`;
  const header = [
    'D',
    'loss',
    'ours',
    'the first time',
    'PyTorch',
    'threads',
    'ours / PyTorch',
    'final loss',
    'PyTorch’s',
    'largest difference',
  ];
  const rows = trainings.map((training) => [
    String(training.dim),
    training.modGap === 0 ? 'CLIP' : 'CLIP, ModGap',
    spread(training.seconds),
    training.firstSeconds.toFixed(2),
    spread(training.torchSeconds),
    String(training.torchThreads),
    `${training.ratio.toFixed(2)}x`,
    training.finalLoss.toFixed(6),
    training.torchFinalLoss.toFixed(6),
    training.lossDifference.toExponential(1),
  ]);
  const closed = table(
    `Closed forms: ${pairs.toLocaleString('en')} pairs; seconds, median (min to max)`,
    ['D', 'method', 'seconds'],
    forms.map(({ dim, method, seconds }) => [String(dim), method, spread(seconds)]),
  );
  return `${head.join('\n')}\n\n${table(title, header, rows)}\n\n${closed}`;
}

function spread({ median, min, max }: Spread): string {
  return `${median.toFixed(2)} (${min.toFixed(2)} to ${max.toFixed(2)})`;
}
