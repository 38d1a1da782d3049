import { batch } from '@preact/signals';
import { exampleFiles } from '../data/example-set.ts';
import { type LabelledPair, pairFiles } from '../data/paired-files.ts';
import { engine } from '../engine/client.ts';
import type { EmbeddedPairs } from '../engine/types.ts';
import { focused, hovered } from './focus.ts';
import { gap, measureGap, shiftedGap } from './gap.ts';
import { chosenPerplexity, forgetMap, runMap, stopMap } from './map.ts';
import { message, report, say } from './messages.ts';
import { ensureModel } from './model.ts';
import { distances, pairs, vectors } from './pairs.ts';
import { searchResult } from './search.ts';
import { clearSelection } from './selection.ts';
import { wantedShift } from './shift.ts';
import { shiftAmount } from './shift-amount.ts';
import { task, underProgress } from './task.ts';

/** Pairs whose images can be looked at; their URLs are ours to revoke. */
let opened: readonly LabelledPair[] = [];

export async function openExampleSet(): Promise<void> {
  const show = (done: number, total: number) => {
    task.value = { title: 'Fetching the example set', done, total, cancel: () => {} };
  };
  await guarded(async () => openFiles(await exampleFiles(show)));
}

export async function openDropped(files: readonly File[]): Promise<void> {
  await guarded(() => openFiles(files));
}

/** Embeds the pairs that are open with the model that is loaded now. */
export async function embedAgain(): Promise<void> {
  if (opened.length > 0) await guarded(() => embed(opened, []));
}

async function openFiles(files: readonly File[]): Promise<void> {
  const { pairs: found, notes } = await pairFiles(files);
  await embed(found, notes);
}

async function embed(inputs: readonly LabelledPair[], notes: readonly string[]): Promise<void> {
  await ensureModel();
  stopMap();
  const titles = { texts: 'Embedding captions', images: 'Embedding images' };
  const embedded = await underProgress('embed', titles, (onProgress) =>
    engine().embed(
      inputs.map(({ id, image, caption }) => ({ id, image, caption })),
      onProgress,
    ),
  );
  opened = inputs;
  show(inputs, embedded);
  tell([...notes, ...remarks(embedded)]);
  distances.value = await engine().shift(0);
  void runMap();
  void measureGap();
}

function show(inputs: readonly LabelledPair[], embedded: EmbeddedPairs): void {
  batch(() => {
    for (const { url } of pairs.value) URL.revokeObjectURL(url);
    clearSelection();
    forgetMap();
    focused.value = hovered.value = searchResult.value = undefined;
    gap.value = shiftedGap.value = chosenPerplexity.value = undefined;
    shiftAmount.value = wantedShift.value = 0;
    vectors.value = { images: embedded.images, texts: embedded.texts };
    distances.value = new Float32Array();
    pairs.value = embedded.kept.flatMap((i) => {
      const input = inputs[i];
      return input ? [{ ...input, url: URL.createObjectURL(input.image) }] : [];
    });
  });
}

function remarks({ skipped, truncated }: EmbeddedPairs): string[] {
  const [first] = skipped;
  return [
    ...(first ? [`${skipped.length} pairs could not be embedded and were left out: ${first}`] : []),
    ...(truncated > 0 ? [`${truncated} captions are longer than the model reads and were cut.`] : []),
  ];
}

function tell(notes: readonly string[]): void {
  message.value = undefined;
  if (notes.length > 0) say('info', notes.join(' '));
}

async function guarded(work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    report(error);
  } finally {
    task.value = undefined;
  }
}
