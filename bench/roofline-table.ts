import type { RooflineReport } from './roofline.ts';
import { table } from './table.ts';

/** The report as Markdown tables. */
export function rooflineTable(report: RooflineReport): string {
  const head = [
    `adapter: ${report.adapter}; node ${report.node}; ${report.date}`,
    `model: ${report.model}; ${report.images} images a pass`,
    `peaks: ${peaks(report)}`,
  ];
  const passes = report.passes.map(({ dtype, milliseconds, kernels }) =>
    table(
      `Image tower, ${dtype}: ${milliseconds.toFixed(1)} ms of GPU time`,
      ['kernel', 'dispatches', 'ms', 'share', 'GFLOP', 'MB', 'GFLOP/s', 'of FMA peak', 'GB/s', 'of roof'],
      kernels.map((k) => [
        k.label,
        String(k.dispatches),
        k.milliseconds.toFixed(1),
        percent(k.share),
        k.gflop?.toFixed(3) ?? '',
        k.megabytes?.toFixed(1) ?? '',
        k.gflops?.toFixed(2) ?? '',
        k.gflops === undefined ? '' : percent(k.gflops / report.gflops),
        k.gbs?.toFixed(2) ?? '',
        k.ofRoof === undefined ? '' : percent(k.ofRoof),
      ]),
    ),
  );
  return [head.join('\n'), ...passes].join('\n\n');
}

function peaks({ gflops, matrixGflops, copyGBs }: RooflineReport): string {
  return [
    `${gflops.toFixed(1)} GFLOP/s of multiply-adds in f32`,
    ...(matrixGflops === undefined ? [] : [`${matrixGflops.toFixed(1)} GFLOP/s by matrix units`]),
    `${copyGBs.toFixed(1)} GB/s copied`,
  ].join(', ');
}

function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}
