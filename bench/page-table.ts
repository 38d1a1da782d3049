import type { PageReport } from './page.ts';
import { table } from './table.ts';

/** The report as Markdown tables. */
export function pageTable({ adapter, browser, date, pairs, dim, ...report }: PageReport): string {
  const { firstMap, firstStep, ranks } = report.seconds;
  const head = `${pairs} saved pairs of ${dim} dimensions; Chromium ${browser}; ${adapter}; ${date}`;
  const times = [[firstMap, firstStep, ranks].map((seconds) => seconds.toFixed(1))];
  const tasks = report.interactions.map(({ name, times: done, longTasks, p95, max }) => [
    ...[name, String(done), String(longTasks), p95.toFixed(0), max.toFixed(0)],
  ]);
  const row = (name: string, { heap, worker, buffers, resident }: PageReport['growth'], digits: number) => [
    ...[name, heap.toFixed(1 + digits), worker.toFixed(1 + digits), buffers.toFixed(1 + digits)],
    resident.toFixed(digits),
  ];
  const memory = [
    ...report.memory.map((at, i) => row(String(i + 1), at, 0)),
    row('an opening adds', report.growth, 1),
  ];
  return [
    head,
    table('Seconds from the files on', ['first map', 't-SNE', 'ranks of the table'], times),
    table(
      'Tasks over 50 ms in the page, in milliseconds',
      ['what is done', 'times', 'long tasks', 'p95', 'max'],
      tasks,
    ),
    ...(report.memory.length > 0
      ? [
          table(
            'MB after each opening',
            ['opening', 'heap of the page', 'heap of the worker', 'GPU buffers', 'all processes'],
            memory,
          ),
        ]
      : []),
  ].join('\n\n');
}
