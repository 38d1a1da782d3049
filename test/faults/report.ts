import type { Call, CallKind } from './calls.ts';
import type { Job } from './job.ts';

/** What a whole run of a job gave. */
export interface Measured {
  readonly calls: readonly Call[];
  readonly error: number;
  readonly survived: number;
  /** Cases whose call was not made, as another order of calls had fewer of that kind. */
  readonly passed: number;
  readonly findings: number;
}

const KINDS: readonly CallKind[] = [
  ...(['stat, list', 'open', 'read', 'write', 'rename, link, mkdir', 'remove', 'fsync', 'close'] as const),
  ...(['GPU create', 'GPU submit', 'GPU map', 'decode', 'tokenize'] as const),
];
const WHICH = { every: 'all', 'by label': 'in turn', 'by method': 'in turn, GPU by method' };

/** A row of the table in docs/reliability.md. */
export function rowOf({ whole }: Job, { calls, error, survived, passed, findings }: Measured): string[] {
  const counts = KINDS.map((kind) => calls.filter((call) => call.kind === kind).length || '');
  return [...counts, WHICH[whole], error + survived, error, survived, passed || '', findings].map(String);
}

/** The page with a job's row in the place of the one of before. @param end the line below the table */
export function withRow(page: string, name: string, cells: readonly string[], end = END): string {
  const lines = page.split('\n');
  const row = `| ${[name, ...cells].join(' | ')} |`;
  const below = lines.indexOf(end);
  const above = lines.lastIndexOf('', below); // another table of the page may name the job, too
  const known = lines.findIndex((line, at) => at > above && at < below && line.startsWith(`| ${name} |`));
  if (known >= 0) lines[known] = row;
  else lines.splice(below, 0, row);
  return lines.join('\n');
}

/** Below the table. */
const END = '<!-- the end of the table of npm run faults -->';
