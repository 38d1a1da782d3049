import { computed, signal } from '@preact/signals';
import type { ReadPairs } from '../data/pair-archives.ts';
import type { FoundSaved } from '../data/saved-files.ts';
import { engine } from '../engine/client.ts';
import { counted } from '../parts/number.ts';
import { Answer } from '../session/answer.ts';
import { report } from './messages.ts';
import { session } from './session.ts';

/** What the page waits for. */
export interface Progress {
  readonly title: string;
  readonly done: number;
  /** 0 while it is not known. */
  readonly total: number;
  /** Whether it is so many pieces, and no share alone. */
  readonly isCounted?: boolean;
}

/** Of an embedding under way: how many of its pairs could be looked at, and whether some are. */
export interface SoFar {
  readonly ready: number;
  readonly isShown: boolean;
  /** Puts them in the place of what is open; the embedding goes on. */
  show(): Promise<void>;
}

export type Tell = (progress: Progress) => void;

/** What files hold is found out before anything is opened. */
export const finding = new Answer<ReadPairs | FoundSaved>();
const opening = new Answer<void>();
const progress = signal<Progress | undefined>(undefined);
const underWay = signal<SoFar | undefined>(undefined);
let fetching = new AbortController();

/** What is being opened, if anything is. */
export const task = computed(() => (opening.pending ? progress.value : undefined));
/** What could be looked at already, of what is being embedded. */
export const soFar = computed(() => (opening.pending ? underWay.value : undefined));
/** The start and the end of an opening, for those who do not see it. */
export const openingHeard = signal('');

export function noteSoFar(now: SoFar): void {
  underWay.value = now;
}

/** Begins an opening; what is asked for next takes its place. @throws what the work throws, if it is still the last */
export async function begin(
  title: string,
  work: (isLatest: () => boolean, signal: AbortSignal, tell: Tell) => Promise<void>,
): Promise<void> {
  finding.forget();
  endLast();
  fetching = new AbortController();
  const { signal } = fetching;
  await opening.ask((isLatest) => {
    const tell = (news: Progress) => {
      if (isLatest()) progress.value = news;
    };
    tell({ title, done: 0, total: 0 });
    openingHeard.value = `${title}…`;
    return work(isLatest, signal, tell);
  });
}

/** As `begin`; what is open stays until all of the new is ready, and errors are shown. */
export async function replace(title: string, work: Parameters<typeof begin>[1]): Promise<void> {
  try {
    await begin(title, async (isLatest, signal, tell) => {
      await work(isLatest, signal, tell);
      if (isLatest()) openingHeard.value = `${counted(session.pairCount.value, 'pair')} open.`;
    });
  } catch (error) {
    openingHeard.value = endWords();
    report(error);
  }
}

/** What is open stays as it is; of what is being embedded, and shown so far, all that there is by now. */
export function cancelOpening(): void {
  if (soFar.value?.isShown) {
    void engine().cancel('prepare'); // which shows the last of it, and then ends
    return;
  }
  const isOpening = opening.pending;
  opening.forget();
  if (isOpening) openingHeard.value = endWords();
  endLast();
}

function endLast(): void {
  fetching.abort();
  if (task.peek() || underWay.peek()) void engine().cancel('prepare');
  underWay.value = undefined;
}

function endWords(): string {
  if (!underWay.value?.isShown) return 'Nothing new was opened.';
  return `Stopped. ${counted(session.pairCount.value, 'pair')} open.`;
}
