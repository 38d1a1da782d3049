import type { Gpu } from '../../device/gpu.ts';
import { linearProbe } from '../../metrics/evaluation/linear-probe.ts';
import { nearestProbe } from '../../metrics/evaluation/nearest-probe.ts';
import { type ItemPart, splitItems } from '../../metrics/evaluation/split.ts';
import type { Vectors } from '../../metrics/vectors.ts';
import type { CaptionOptions } from '../cli/caption-options.ts';
import type { Output, Session } from '../cli/session.ts';
import { LabelledSetError } from '../evaluation/errors.ts';
import type { JudgedMethod } from '../evaluation/evaluation.ts';
import type { LabelledItem } from '../evaluation/labelled-set.ts';
import { nodeHost } from '../host.ts';
import { valuesOf } from './evaluate-set.ts';

export const PROBES = ['linear', 'nearest'] as const;
type ProbeName = (typeof PROBES)[number];

export interface ProbeCommandOptions extends CaptionOptions {
  readonly probe?: readonly ProbeName[];
  /** A file of parts. */
  readonly split?: string;
  readonly test?: number;
  readonly validation?: number;
  readonly shots?: number;
  readonly regularization?: number;
  readonly neighbours?: readonly number[];
  readonly vote?: 'weighted' | 'majority';
  readonly resamples?: number;
  readonly seed?: number;
}

/** What files call the parts. */
const PARTS: Readonly<Record<string, ItemPart>> = {
  ...{ train: 'train', training: 'train' },
  ...{ validation: 'validation', val: 'validation', valid: 'validation', dev: 'validation' },
  ...{ test: 'test', unused: 'unused' },
};

/** An item of a class. */
type ClassItem = LabelledItem & { readonly label: string };

/**
 * The part of each item, where probes are asked for: as the file says, or drawn.
 * @throws {LabelledSetError} for another word, and a group on two sides @throws {SplitError} @throws {RowValuesError}
 */
export async function partsOf(
  items: readonly ClassItem[],
  source: string,
  options: ProbeCommandOptions,
  session: Session,
): Promise<readonly ItemPart[] | undefined> {
  const { probe, split, test, validation, shots, seed } = options;
  if (probe === undefined) return undefined;
  const labels = items.map(({ label }) => label);
  const groups = groupsOf(items);
  const said = await valuesOf(split, 'split', items, source, options, session);
  if (!said) return splitItems({ labels, groups }, { test, validation, shots, seed });
  const parts = said.map((word, i) => {
    const part = PARTS[word.toLowerCase()];
    if (part) return part;
    throw new LabelledSetError(
      String(split),
      `says "${word}" of "${items[i]?.id}"; it must be ${Object.keys(PARTS).join(', ')}`,
    );
  });
  expectWholeGroups(String(split), parts, groups);
  return parts;
}

/** Of each item, itself where it has none; undefined where no item has one. */
export function groupsOf(items: readonly LabelledItem[]): string[] | undefined {
  if (items.every(({ group }) => group === undefined)) return undefined;
  return items.map(({ group, id }, i) => (group === undefined ? `item ${i}: ${id}` : `group: ${group}`));
}

function expectWholeGroups(
  file: string,
  parts: readonly ItemPart[],
  groups: readonly string[] | undefined,
): void {
  const first = new Map<string, ItemPart>();
  for (const [i, group] of (groups ?? []).entries()) {
    const part = parts[i] ?? 'unused';
    if (part === 'unused') continue;
    const before = first.get(group) ?? part;
    first.set(group, before);
    if (before === part) continue;
    throw new LabelledSetError(
      file,
      `has the ${group} in both ${before} and ${part}; a group belongs to one part, or leave groups out`,
    );
  }
}

/** Trains and judges the probes that were asked for. */
export async function judgeProbes(
  gpu: Gpu,
  rows: {
    readonly images: Vectors;
    readonly items: readonly ClassItem[];
    readonly classes: readonly string[];
    readonly parts: readonly ItemPart[];
  },
  { probe = [], regularization, neighbours, vote, resamples, seed }: ProbeCommandOptions,
  { signal }: Session,
  output: Output,
): Promise<JudgedMethod[]> {
  const { images, items, classes, parts } = rows;
  const given = { images, parts, classes, labels: items.map(({ label }) => label), groups: groupsOf(items) };
  const judging = { resamples, seed, signal };
  const tested = items.filter((_, i) => parts[i] === 'test');
  const methods: JudgedMethod[] = [];
  if (probe.includes('linear')) {
    const onProgress = ({ done, total }: { readonly done: number; readonly total: number }) =>
      output.progress.update('training a probe', done, total);
    const judged = await linearProbe(gpu, given, { ...judging, regularization, onProgress }, nodeHost);
    const chosen = regularization === undefined ? ', chosen on the validation part' : '';
    methods.push({
      ...{ name: 'linear', title: 'linear probe', report: judged.report, items: tested, probe: judged },
      settings: `logistic regression with C = ${Number(judged.regularization.toPrecision(4))}${chosen}, on ${judged.trainedOn} images`,
    });
  }
  if (probe.includes('nearest')) {
    const judged = await nearestProbe(gpu, given, { ...judging, k: neighbours, vote }, nodeHost);
    const chosen = judged.tried.length > 0 ? ', chosen on the validation part' : '';
    const how = vote === 'majority' ? 'majority' : 'votes weighted by exp(cosine / 0.07)';
    methods.push({
      ...{
        name: 'nearest',
        title: 'nearest neighbours',
        report: judged.report,
        items: tested,
        probe: judged,
      },
      settings: `k = ${judged.k}${chosen}, ${how}, among ${judged.votedBy} images`,
    });
  }
  return methods;
}
