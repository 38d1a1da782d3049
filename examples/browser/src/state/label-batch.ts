import { computed, signal } from '@preact/signals';
import { proxy } from 'comlink';
import { bySize } from '../data/by-size.ts';
import type { FoundFile } from '../data/dropped-files.ts';
import { isImageFile } from '../data/image-files.ts';
import { labelOf } from '../data/label-of.ts';
import { engine } from '../engine/client.ts';
import type { LabelBatch } from '../engine/types.ts';
import { select } from './selection.ts';
import { session } from './session.ts';
import { Trouble } from './trouble.ts';
import { labels, listedLabels, template } from './zero-shot.ts';

/** Many images with their labels, and whether they are those of the open pairs, in their order. */
interface NamedBatch extends LabelBatch {
  readonly isOfPairs: boolean;
}

export const batch = session.ofPairs.answer<NamedBatch>();
/** Why there is none. */
export const batchTrouble = new Trouble(session.ofPairs);
export const batchProgress = session.ofPairs.choice({ done: 0, total: 0 });
/** What the labels were before those of the open set took their place. */
const before = signal<string | undefined>(undefined);

/** Classes of the open set, the largest first; none where they say nothing. */
export const setLabels = computed<readonly string[]>(() => {
  const known = bySize((session.vectors.value?.labels ?? []).filter((label) => label !== ''));
  return known.length < 2 ? [] : known;
});
export const canTakeBack = computed(() => before.value !== undefined);

export function takeSetLabels(): void {
  before.value = labels.value;
  labels.value = setLabels.value.join('\n');
}

/** The labels as people had them. */
export function takeLabelsBack(): void {
  labels.value = before.value ?? labels.value;
  before.value = undefined;
}

/** Of the images of the open pairs, as they are embedded. */
export async function labelPairs(): Promise<void> {
  const { pairs } = session;
  const names = pairs.value.map(({ id }) => id);
  const truths = pairs.value.map(({ label }) => label);
  await ask(true, () => engine().labelPairs(names, truths, listedLabels(), template.value));
}

/** Of other images; what their names or folders say is taken for their right label. */
export async function labelFiles(found: readonly FoundFile[]): Promise<void> {
  const files = found
    .filter(({ path }) => isImageFile(path))
    .map(({ path, file }) => ({
      ...{ name: path, image: file, truth: labelOf(file.name) },
    }));
  await ask(false, async (isLatest) => {
    if (files.length === 0) throw new Error('There is no image among these files.');
    return engine().labelImages(
      files,
      listedLabels(),
      template.value,
      proxy(({ done, total }) => {
        if (isLatest()) batchProgress.value = { done, total };
      }),
    );
  });
}

async function ask(
  isOfPairs: boolean,
  find: (isLatest: () => boolean) => Promise<LabelBatch>,
): Promise<void> {
  batchProgress.value = { done: 0, total: 0 };
  await batchTrouble.attempt(() => batch.ask(async (isLatest) => ({ ...(await find(isLatest)), isOfPairs })));
}

export function endBatch(): void {
  void engine().cancel('labels');
  batch.forget();
}

/** Selects the open pairs of one right label that were given another, or the same. */
export function selectAnswers(truth: string, label: string): void {
  const { answers = [], isOfPairs = false } = batch.value ?? {};
  if (!isOfPairs) return;
  const pairs = answers.flatMap((one, pair) => (one.truth === truth && one.label === label ? [pair] : []));
  select(
    pairs.map((pair) => ({ modality: 'image', pair })),
    'list',
  );
}
