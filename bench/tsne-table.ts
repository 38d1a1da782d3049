import { table } from './table.ts';
import type { TsneReport } from './tsne.ts';

/** The report as Markdown tables. */
export function tsneTable(report: TsneReport): string {
  const head = [
    `adapter: ${report.adapter}`,
    `scikit-learn ${report.sklearn} on all cores, node ${report.node}; 1,000 iterations, early stop off; ${report.date}`,
  ];
  const comparisons = report.comparisons.map(({ name, runs, divergenceRatio, trustworthinessGain }) =>
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
  const timings = table(
    'Points of 512 dimensions, seconds',
    ['n', 'ours', 'PCA', 'neighbours', 'P', 'iterations', 'scikit-learn', 'ratio', 'KL', 'scikit-learn'],
    report.timings.map(({ n, seconds, phases, klDivergence, sklearn }) => [
      n.toLocaleString('en'),
      seconds.toFixed(1),
      phases.start.toFixed(2),
      phases.neighbours.toFixed(2),
      phases.probabilities.toFixed(2),
      phases.iterations.toFixed(1),
      sklearn?.seconds.toFixed(1) ?? '',
      sklearn ? `${(sklearn.seconds / seconds).toFixed(1)}x` : '',
      klDivergence.toFixed(4),
      sklearn?.klDivergence.toFixed(4) ?? '',
    ]),
  );
  const { ours, sklearn } = report.growth;
  const growth = `Time grows as n^${ours.toFixed(2)}, scikit-learn’s as n^${sklearn.toFixed(2)}.`;
  return [head.join('\n'), ...comparisons, timings, growth].join('\n\n');
}

function signed(value: number): string {
  return `${value < 0 ? '' : '+'}${value.toFixed(5)}`;
}
