import type { TowersReport } from './towers.ts';

/** The report as Markdown tables. */
export function towersTable(report: TowersReport): string {
  const head = [
    `adapter: ${report.adapter}`,
    `onnxruntime-node ${report.onnxruntime} (${report.ortSettings}), node ${report.node}`,
    `model: ${report.model}; ${report.rounds} rounds, in turn; ${report.date}`,
  ];
  const weights = table(
    'GPU memory of the weights, MB',
    ['dtype', 'image tower', 'text tower'],
    Object.entries(report.weightBytes).map(([dtype, { image, text }]) => [
      dtype,
      (image / 1e6).toFixed(1),
      (text / 1e6).toFixed(1),
    ]),
  );
  const gemm = table(
    'GEMM, f32 (M x N x K)',
    ['shape', 'dispatches', 'ms', 'GFLOP/s'],
    report.gemm.map((rate) => [
      rate.shape,
      String(rate.dispatches),
      rate.milliseconds.toFixed(1),
      rate.gflops.toFixed(2),
    ]),
  );
  const total = report.kernels.reduce((sum, { milliseconds }) => sum + milliseconds, 0);
  const kernels = table(
    'GPU time of the image tower, f32',
    ['kernel', 'dispatches', 'ms', 'share'],
    report.kernels.map(({ label, dispatches, milliseconds }) => [
      label,
      String(dispatches),
      milliseconds.toFixed(1),
      `${((100 * milliseconds) / total).toFixed(1)} %`,
    ]),
  );
  return [head.join('\n'), ...raceTables(report.races), weights, gemm, kernels].join('\n\n');
}

/** A Markdown table under a heading. */
export function table(
  title: string,
  header: readonly string[],
  rows: readonly (readonly string[])[],
): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return [`### ${title}`, '', line(header), line(header.map(() => '---')), ...rows.map(line)].join('\n');
}

/** A table each: rates, times, and the lowest cosine with the judge. */
export function raceTables(races: TowersReport['races']): string[] {
  return races.map(({ name, items, peers }) =>
    table(
      `${name}, ${items} a run`,
      [
        'peer',
        'a second',
        'median ms',
        'min to max ms',
        'first ms',
        `against ${peers[0]?.name}`,
        'lowest cosine',
      ],
      peers.map(({ name: peer, time, perSecond, firstMs, speedup, parity }) => [
        peer,
        perSecond.toPrecision(3),
        time.median.toFixed(1),
        `${time.min.toFixed(1)} to ${time.max.toFixed(1)}`,
        firstMs.toFixed(0),
        `${speedup.toFixed(2)}x`,
        parity.toFixed(7),
      ]),
    ),
  );
}
