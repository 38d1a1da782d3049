import type { DataReport } from './data.ts';
import { table } from './table.ts';

/** The report as a Markdown table. */
export function dataTable({ adapter, node, date, images, rounds, bytes, load, parts }: DataReport): string {
  const [before, after, processors] = load;
  const head = [
    `adapter: ${adapter}`,
    `node ${node}; ${rounds} rounds, in turn; ${date}`,
    `load ${before.toFixed(1)} before and ${after.toFixed(1)} after on ${processors} processors`,
  ].join('\n');
  const header = ['what', 'median ms', 'min to max ms', 'of files', 'processor ms', 'of files', 'grown MB'];
  const rows = parts.map(({ work, kind, time, cpu, ratio, cpuRatio, grownMb }) => [
    `${kind}, ${work}`,
    time.median.toFixed(0),
    `${time.min.toFixed(0)} to ${time.max.toFixed(0)}`,
    `${ratio.toFixed(2)}x`,
    cpu.median.toFixed(0),
    `${cpuRatio.toFixed(2)}x`,
    grownMb.toFixed(0),
  ]);
  return [head, table(`${images} images of ${bytes.toFixed(0)} bytes`, header, rows)].join('\n\n');
}
