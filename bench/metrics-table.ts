import { LARGEST_MATRIX, type MetricsReport } from './metrics.ts';
import { table } from './table.ts';

/** The report as Markdown tables. */
export function metricsTable(report: MetricsReport): string {
  const runs =
    report.rounds > 0
      ? `${report.rounds} ${report.rounds === 1 ? 'round' : 'rounds'} after the first`
      : 'the first run only';
  const head = [
    `adapter: ${report.adapter}`,
    `onnxruntime-node ${report.onnxruntime} (MatMul), ${report.numpy} (BLAS), node ${report.node}`,
    `n rows of ${report.dim} by themselves; ${runs}, in turn; ${report.date}`,
    `MB: the most that ours held on the GPU; above ${LARGEST_MATRIX.toLocaleString('en')} rows the matrix itself is left out, which takes 4 n^2 bytes in each peer`,
  ];
  const races = report.races.map(({ kind, n, queries, peers, gpuBytes }) =>
    table(
      `${kind}, ${queries < n ? `${queries.toLocaleString('en')} by ` : ''}${n.toLocaleString('en')} rows (ours: ${(gpuBytes / 1e6).toFixed(0)} MB)`,
      [
        'peer',
        'median ms',
        'min to max ms',
        'first ms',
        'GFLOP/s',
        `against ${peers[0]?.name}`,
        'lowest cosine',
      ],
      peers.map(({ name, time, firstMs, gflops, speedup, parity }) => [
        name,
        time.median.toFixed(1),
        `${time.min.toFixed(1)} to ${time.max.toFixed(1)}`,
        firstMs.toFixed(0),
        gflops.toPrecision(3),
        `${speedup.toFixed(3)}x`,
        parity.toFixed(7),
      ]),
    ),
  );
  const growth = table(
    'Growth: time as n to the power of',
    ['what', 'peer', 'exponent'],
    report.growth.map(({ kind, peer, exponent }) => [
      kind,
      peer,
      Number.isNaN(exponent) ? 'one size only' : exponent.toFixed(2),
    ]),
  );
  return [head.join('\n'), ...races, growth].join('\n\n');
}
