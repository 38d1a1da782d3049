import { raceTables } from '../table.ts';
import type { BrowserReport } from './browser.ts';

/** The report as Markdown tables. */
export function browserTable(report: BrowserReport): string {
  const { adapter, browser, onnxruntime, model, rounds, date } = report;
  const head = [
    `adapter: ${adapter}; Chromium ${browser}; onnxruntime-web ${onnxruntime}`,
    `model: ${model}; ${rounds} rounds, in turn; ${date}`,
  ];
  return [head.join('\n'), ...raceTables(report.races)].join('\n\n');
}
