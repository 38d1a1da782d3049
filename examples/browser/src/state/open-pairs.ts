import { batch } from '@preact/signals';
import { exampleFiles } from '../data/example-set.ts';
import { pairFiles } from '../data/paired-files.ts';
import { engine } from '../engine/client.ts';
import type { EmbeddedPairs, PairInput } from '../engine/types.ts';
import { resetClosing } from './closing.ts';
import { focused, hovered } from './focus.ts';
import { gap, measureGap } from './gap.ts';
import { forgetTraining } from './head.ts';
import { judged, stopJudging } from './held-out.ts';
import { keptClosing } from './kept-closing.ts';
import { chosenPerplexity, forgetMap, runMap, stopMap } from './map.ts';
import { figuresBefore, forgetShownMeasures, measureEmbedded } from './measures.ts';
import { message, report, say } from './messages.ts';
import { ensureModel, modelInfo } from './model.ts';
import { distances, pairs, vectors } from './pairs.ts';
import { searchResult } from './search.ts';
import { clearSelection } from './selection.ts';
import { RAW } from './shown.ts';
import { task, underProgress } from './task.ts';

/** Pairs whose images can be looked at; their URLs are ours to revoke. */
let opened: readonly PairInput[] = [];

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

async function embed(inputs: readonly PairInput[], notes: readonly string[]): Promise<void> {
  await ensureModel();
  stopMap();
  const titles = { texts: 'Embedding captions', images: 'Embedding images' };
  const embedded = await underProgress('embed', titles, (onProgress) =>
    engine().embed(
      inputs.map(({ id, image, caption, label }) => ({ id, image, caption, label })),
      onProgress,
    ),
  );
  opened = inputs;
  show(inputs, embedded);
  tell([...notes, ...remarks(embedded)]);
  distances.value = await engine().show(RAW);
  void runMap();
  void measureEmbedded();
  void measureGap();
}

function show(inputs: readonly PairInput[], embedded: EmbeddedPairs): void {
  batch(() => {
    for (const { url } of pairs.value) URL.revokeObjectURL(url);
    clearSelection();
    forgetMap();
    focused.value = hovered.value = searchResult.value = undefined;
    gap.value = figuresBefore.value = judged.value = chosenPerplexity.value = undefined;
    forgetTraining();
    forgetShownMeasures();
    stopJudging();
    if (keptClosing.value?.report.fingerprint !== modelInfo.value?.fingerprint) keptClosing.value = undefined;
    resetClosing();
    vectors.value = { images: embedded.images, texts: embedded.texts, labels: embedded.labels };
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
