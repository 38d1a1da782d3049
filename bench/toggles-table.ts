import type { Spread } from './statistics.ts';
import { table } from './table.ts';
import type { TogglesReport } from './toggles.ts';

/** The report as a Markdown table. */
export function togglesTable(report: TogglesReport): string {
  const { adapter, node, model, rounds, images, texts, date, results } = report;
  const head = [
    `adapter: ${adapter}`,
    `model: ${model}; node ${node}; ${rounds} processes a setting, in turn; ${date}`,
  ].join('\n');
  const rows = results.map(({ name, image, text, imageGain, textGain }) => [
    name,
    milliseconds(image),
    `${imageGain.toFixed(3)}x`,
    milliseconds(text),
    `${textGain.toFixed(3)}x`,
  ]);
  const header = [
    'Dawn toggle',
    `${images} images, ms`,
    'against defaults',
    `${texts} texts, ms`,
    'against defaults',
  ];
  return [head, table('A pass, median (min to max); a leading minus: switched off', header, rows)].join(
    '\n\n',
  );
}

function milliseconds({ median, min, max }: Spread): string {
  return `${median.toFixed(1)} (${min.toFixed(1)} to ${max.toFixed(1)})`;
}
