import { table } from '../table.ts';
import type { RowsReport } from './rows.ts';

/** The report as Markdown tables. */
export function rowsTable({ races, ...report }: RowsReport): string {
  const size = ((2 * report.rows * report.dim) / 1e9).toFixed(2);
  const head = [
    `adapter: ${report.adapter}; ${report.numpy} (BLAS), node ${report.node}`,
    `the ${report.k} nearest of ${report.rows.toLocaleString('en')} rows of ${report.dim}, f16, a file of ${size} GB`,
    `${report.rounds} rounds after the first, in turn; load ${report.load.toFixed(1)}; ${report.date}`,
  ];
  const tables = races.map(({ queries, peers, processBytes, gpuBytes }) =>
    table(
      `${queries} ${queries === 1 ? 'query' : 'queries'} (ours: ${(processBytes / 1e6).toFixed(0)} MB more, ${(gpuBytes / 1e6).toFixed(0)} of them the GPU's)`,
      ['peer', 'median s', 'min to max s', 'GB/s', 'GFLOP/s', 'same rows'],
      peers.map(({ name, time, gigabytesPerSecond, gflops, agreement }) => [
        name,
        (time.median / 1000).toFixed(2),
        `${(time.min / 1000).toFixed(2)} to ${(time.max / 1000).toFixed(2)}`,
        gigabytesPerSecond.toFixed(2),
        gflops.toFixed(1),
        `${(100 * agreement).toFixed(2)} %`,
      ]),
    ),
  );
  return [head.join('\n'), ...tables].join('\n\n');
}
