import type { Session } from '../cli/session.ts';
import { inputOf } from '../cli/standard-streams.ts';
import { UsageError } from '../errors.ts';
import { inputName } from '../input-file.ts';
import { DEFAULT_TEMPLATE } from '../label-scores.ts';
import { readTextLines } from '../text-file.ts';

export interface LabelOptions {
  /** Separated by commas. */
  readonly labels?: string;
  /** One label a line, for labels with commas. */
  readonly labelsFile?: string;
  /** Each with `{}` where the label goes. */
  readonly template?: readonly string[];
}

/** @throws {UsageError} unless there is at least one label, none empty and none twice */
export async function readLabels(
  { labels: list, labelsFile: path }: LabelOptions,
  session: Session,
): Promise<string[]> {
  if ((list === undefined) === (path === undefined)) {
    throw new UsageError('pass either --labels "a,b,c" or --labels-file <file>');
  }
  const file = path === undefined ? undefined : await inputOf(path, session);
  const from = file === undefined ? '--labels' : inputName(file);
  const labels = (file === undefined ? (list ?? '').split(',') : await readTextLines(file)).map((label) =>
    label.trim(),
  );
  if (labels.length === 0) throw new UsageError(`${from}: has no labels`);
  const empty = labels.indexOf('');
  if (empty >= 0) throw new UsageError(`${from}: label ${empty + 1} is empty`);
  const twice = labels.find((label, i) => labels.indexOf(label) !== i);
  if (twice !== undefined) throw new UsageError(`${from}: "${twice}" is there twice`);
  return labels;
}

/** @throws {UsageError} for a template without `{}` */
export function readTemplates({ template = [] }: LabelOptions): readonly string[] {
  const bad = template.find((text) => !text.includes('{}'));
  if (bad !== undefined) throw new UsageError(`--template "${bad}": has no {} for the label`);
  return template.length > 0 ? template : [DEFAULT_TEMPLATE];
}
