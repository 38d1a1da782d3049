import type { PipelineReport } from './pipeline.ts';
import { boundText } from './pipeline-bound.ts';
import { table } from './table.ts';

/** The report as a Markdown table. */
export function pipelineTable({ adapter, model, node, rounds, date, parts, bound }: PipelineReport): string {
  const head = [
    `adapter: ${adapter}`,
    `model: ${model}; node ${node}; ${rounds} rounds, in turn; ${date}`,
  ].join('\n');
  const header = ['what', 'items', 'median ms', 'min to max ms', 'batches', 'submits', 'buffers made'];
  const rows = parts.map(({ name, items, time, batches, submits, buffersCreated }) => [
    name,
    String(items),
    time.median.toFixed(0),
    `${time.min.toFixed(0)} to ${time.max.toFixed(0)}`,
    ...[batches, submits, buffersCreated].map(String),
  ]);
  return [head, table('Host work and GPU work, alone and together', header, rows), boundText(bound)].join(
    '\n\n',
  );
}
