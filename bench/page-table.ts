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
  const memory = report.memory.map(({ heap, resident }, i) => [
    ...[String(i + 1), heap.toFixed(1), resident.toFixed(0)],
  ]);
  return [
    head,
    table('Seconds from the files on', ['first map', 't-SNE', 'ranks of the table'], times),
    table(
      'Tasks over 50 ms in the page, in milliseconds',
      ['what is done', 'times', 'long tasks', 'p95', 'max'],
      tasks,
    ),
    ...(memory.length > 0
      ? [table('MB after each opening', ['opening', 'heap of the page', 'all processes'], memory)]
      : []),
  ].join('\n\n');
}
