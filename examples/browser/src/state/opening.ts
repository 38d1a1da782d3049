import { computed } from '@preact/signals';
import { isArchiveName } from '../../../../src/archives/index.ts';
import type { CaptionsChoice } from '../data/captions-file.ts';
import { type FoundFile, pickedFiles } from '../data/dropped-files.ts';
import { exampleFiles } from '../data/example-set.ts';
import type { ReadPairs } from '../data/pair-archives.ts';
import { pairFiles } from '../data/paired-files.ts';
import { type FoundSaved, savedAmong, withFilesBeside } from '../data/saved-files.ts';
import { engine } from '../engine/client.ts';
import { pairDistances } from '../engine/rows.ts';
import type {
  EmbeddedPairs,
  KnownPair,
  ModelSource,
  PairVectors,
  Space,
  WindowChoice,
} from '../engine/types.ts';
import { cutImages } from '../keep/facts.ts';
import { asked, captionsQuestion } from './captions-question.ts';
import { hasImage, type Origin, open, origin, prepare, start, usualModel } from './embedding-plan.ts';
import { windowChoice } from './grey-window.ts';
import { forgetNews, report } from './messages.ts';
import { begin, finding, openingHeard, replace, type Tell } from './opening-task.ts';
import { session } from './session.ts';

/** Pairs that were embedded before, here or elsewhere. */
export interface SavedPairs {
  /** Rows of length 1. */
  readonly vectors: PairVectors;
  readonly space: Space;
  /** One a row. */
  readonly pairs: readonly KnownPair[];
  /** Of their pictures, where it is known. */
  readonly window?: WindowChoice | undefined;
  /** Makes ready what is to answer about them. */
  readonly useEngine?: () => void;
  /** Puts back how they were looked at: when they are there, and before a map of them starts. */
  readonly restoreView?: () => void;
  readonly notes: readonly string[];
}

export async function openExampleSet(): Promise<void> {
  const title = 'Fetching the example set';
  await open(title, async (signal, tell) => {
    const files = await exampleFiles((done, total) => tell({ title, done, total, isCounted: true }), signal);
    const { pairs: inputs, notes } = await pairFiles(pickedFiles(files));
    return { inputs, notes, origin: 'example' };
  });
}

/**
 * Files that are no pairs change nothing, not even what is being opened.
 * @param choice what people said of a captions file that does not say it itself
 */
export async function openFiles(files: readonly FoundFile[], choice: CaptionsChoice = {}): Promise<void> {
  captionsQuestion.value = undefined;
  try {
    await finding.ask(() => found(files, choice));
  } catch (error) {
    if (!asked(error, files, choice)) report(error);
  }
  const read = finding.value;
  finding.forget();
  if (!read) return;
  if ('saved' in read) {
    await openSaved('Reading the embeddings', () => readSaved(read, choice));
    return;
  }
  await open('Embedding', async (signal, tell) => {
    const { pairs: inputs, notes } = await read(
      (done, total) => tell({ title: 'Reading the set', done, total, isCounted: true }),
      signal,
    );
    return { inputs, notes, origin: 'files' };
  });
}

/** A table's images are files already; those in archives are read once the pairs are known. */
async function found(files: readonly FoundFile[], choice: CaptionsChoice): Promise<ReadPairs | FoundSaved> {
  const saved = await savedAmong(files, (parquets) => engine().vectorsAmong(parquets));
  if (saved) return saved;
  if (files.some(({ path }) => isArchiveName(path))) {
    const { openArchives } = await import('../data/pair-archives.ts'); // with its decoders
    return openArchives(files, choice);
  }
  const paired = await pairFiles(files, choice);
  return async () => paired;
}

async function readSaved({ saved, others }: FoundSaved, choice: CaptionsChoice): Promise<SavedPairs> {
  const read = await engine().readSaved(saved);
  return { ...read, ...(await withFilesBeside(read, others, choice)) };
}

/** Another model, with which what is open is embedded again. */
export async function openModel(source: ModelSource): Promise<void> {
  const isBeside = session.pairCount.value > 0 && !session.takesQueries.value;
  const origin = originAgain();
  await open('Loading the model', async () => ({ source, inputs: await openInputs(), origin, isBeside }));
  const isAnother = isBeside && !session.takesQueries.value && session.model.value?.source === source;
  if (isAnother && session.inputs.value.every(hasImage)) await embedAgain();
}

/** The model that is open in half precision, with which what is open is embedded again. */
export async function openInHalf(): Promise<void> {
  await openModel({ ...usualModel(), dtype: 'f16' });
}

/** Pairs that were embedded before; no model is loaded for them. */
export async function openSaved(
  title: string,
  read: (signal: AbortSignal, tell: Tell) => Promise<SavedPairs>,
): Promise<void> {
  await replace(title, async (isLatest, signal, tell) => {
    const { vectors, space, pairs, window, notes, useEngine, restoreView } = await read(signal, tell);
    if (!isLatest()) return;
    useEngine?.();
    void engine().takeUp(vectors, space); // arrives before any question about it
    const embedded: EmbeddedPairs = {
      ...vectors,
      kept: pairs.map((_, i) => i),
      skipped: [],
      truncated: 0,
      distances: pairDistances(vectors),
    };
    forgetNews();
    session.take({ model: session.model.value, space, inputs: pairs, window, embedded });
    restoreView?.();
    start(embedded, notes);
  });
}

/** The same pairs by the window that is chosen now. */
export async function embedAgain(): Promise<void> {
  await open('Embedding', async () => ({ inputs: await openInputs(), origin: originAgain() }));
}

/** What is open, with its images at hand. */
async function openInputs(): Promise<readonly KnownPair[]> {
  const { value } = session.inputs;
  await cutImages(value);
  return value;
}

/** Of the pairs that are open, once they are embedded anew. */
function originAgain(): Origin {
  return origin.value === 'example' ? 'example' : 'files';
}

/** Whether what is open was embedded by another window than the one that is chosen now. */
export const isWindowNew = computed(() => {
  const isOther = JSON.stringify(windowChoice.value) !== JSON.stringify(session.window.value);
  return isOther && session.pairCount.value > 0 && session.inputs.value.every(hasImage);
});

/** What was not embedded when people stopped, beside what is open. */
export async function embedRest(): Promise<void> {
  const before = session.embedded.value;
  const origin = originAgain();
  await open('Embedding', async () => ({ inputs: await openInputs(), origin, before }));
}

/**
 * Loads the model again in a new engine, which then has no pairs. For people it is an opening like others: cancelled, or
 * with another begun in its place, it gives false.
 */
export async function reopenModel(restore: () => Promise<void>): Promise<boolean> {
  let isThere = false;
  await begin('Loading the model', async (isLatest, _, tell) => {
    const { ticket, info } = await prepare({ inputs: [] }, session.window.value, tell);
    if (!isLatest()) return;
    void engine().adopt(ticket);
    session.use({ info, source: usualModel() });
    await restore();
    openingHeard.value = 'The model is loaded again.';
    isThere = true;
  });
  return isThere;
}
