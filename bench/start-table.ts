import { STAGES, type StartReport } from './start.ts';
import type { Spread } from './statistics.ts';
import { table } from './table.ts';

/** The report as a Markdown table. */
export function startTable({ adapter, node, rounds, date, starts }: StartReport): string {
  const head = [`adapter: ${adapter}`, `node ${node}; ${rounds} rounds; ${date}`].join('\n');
  const rows = starts.map(({ model, kind, milliseconds }) => [
    model,
    kind,
    ...STAGES.map((stage) => seconds(milliseconds[stage])),
  ]);
  const header = ['model', 'start', 'imported', 'first weights', 'loaded', 'first image', 'first text'];
  return [head, table('Seconds from the start of the process, median (min to max)', header, rows)].join(
    '\n\n',
  );
}

function seconds({ median, min, max }: Spread): string {
  const [m, low, high] = [median, min, max].map((ms) => (ms / 1000).toFixed(2));
  return `${m} (${low} to ${high})`;
}
