import { computed, effect, signal, untracked } from '@preact/signals';
import { proxy } from 'comlink';
import { engine } from '../engine/client.ts';
import { cutImages, pairsOf } from '../keep/facts.ts';
import type { KeptSummary, ReadSession } from '../keep/keeper.ts';
import { keeper } from '../keep/keeper-client.ts';
import type { KeptView, TrainedOn } from '../keep/kept-view.ts';
import type { Pair } from '../session/session.ts';
import { choose } from './closing.ts';
import { origin } from './embedding-plan.ts';
import { takeWindow } from './grey-window.ts';
import { keep, keptClosing } from './kept-closing.ts';
import { map, placeMap, stopMap } from './map.ts';
import { openSaved } from './opening.ts';
import { session } from './session.ts';
import { Trouble } from './trouble.ts';
import { applyView, viewText } from './url-state.ts';
import { isOfLink } from './view-state.ts';

/** What this browser keeps; undefined while that is nothing. */
export const kept = signal<KeptSummary | undefined>(undefined);
/** Images read so far, while the session is being kept. */
export const keepingProgress = signal<{ readonly done: number; readonly total: number } | undefined>(
  undefined,
);

/** Of what is kept, and of keeping. */
export const keepingTrouble = new Trouble();

/** Under which id the open pairs were kept. */
const ownId = session.ofPairs.choice<string | undefined>(undefined);
/** Whether the open pairs are the session that is kept. */
export const isKept = computed(() => ownId.value !== undefined && ownId.value === kept.value?.session?.id);

/** Whether leaving the page loses embeddings that took time. */
const wouldBeLost = computed(() => session.pairCount.value > 0 && origin.value === 'files' && !isKept.value);

const tabs = typeof BroadcastChannel === 'undefined' ? undefined : new BroadcastChannel('biomedclip-kept');

/** Finds what is kept, keeps the view of a kept session, and has leaving the page ask first while that loses something. */
export function followKept(): void {
  void refresh();
  tabs?.addEventListener('message', () => void refresh());
  effect(() => {
    if (wouldBeLost.value) addEventListener('beforeunload', askFirst);
    else removeEventListener('beforeunload', askFirst);
  });
  followView();
}

function askFirst(event: BeforeUnloadEvent): void {
  event.preventDefault();
}

/** What is kept may change in another tab, too. */
async function refresh(): Promise<void> {
  try {
    kept.value = await keeper().summary();
  } catch (error) {
    kept.value = undefined;
    keepingTrouble.note(error);
  }
}

/** Keeps what is open, in the place of the session that was kept before. */
export async function keepSession(): Promise<void> {
  const { vectors, space, window } = session;
  if (keepingProgress.value || !vectors.value || !space.value) return;
  const { images, texts, labels, madeBy } = vectors.value;
  const pairs = session.pairs.value;
  const about = { space: space.value, window: window.value, view: viewNow() };
  let isOver = false;
  keepingProgress.value = { done: 0, total: pairs.length };
  keepingTrouble.forget();
  try {
    await cutImages(pairs);
    const toKeep = {
      ...about,
      pairs: pairs.map(({ id, caption, label, group, image, thumbnail, imageBytes }) => {
        return { id, caption, label, group, image, thumbnail, imageBytes };
      }),
      vectors: { images, texts, labels, madeBy },
    };
    const onDone = (done: number, total: number) => {
      if (!isOver) keepingProgress.value = { done, total }; // it comes by a port of its own, perhaps after the answer
    };
    const summary = await keeper().keep(toKeep, proxy(onDone));
    kept.value = summary;
    if (session.pairs.value === pairs) ownId.value = summary.session?.id;
    tabs?.postMessage('changed');
    void navigator.storage.persist(); // else a browser that is short of space may clear it
  } catch (error) {
    keepingTrouble.note(error);
  } finally {
    isOver = true;
    keepingProgress.value = undefined;
  }
}

/** Removes all that is kept, by this tab or another; what is open stays. */
export async function forgetKept(): Promise<void> {
  await keepingTrouble.attempt(async () => {
    await keeper().forget();
    kept.value = undefined;
    tabs?.postMessage('changed');
  });
}

/** Opens the session that is kept, as it was looked at; no model is loaded for it. */
export async function goOn(): Promise<void> {
  await openSaved('Reading the kept session', async () => {
    const read = await keeper().session().catch(refreshAndThrow);
    if (!read) {
      void refresh();
      throw new Error('The session is not kept any more: it was forgotten in another tab.');
    }
    const { facts, pictures, vectors, view, notes } = read;
    const { space, window, images, id } = read.session;
    return {
      pairs: pairsOf(facts, pictures, images === 'originals'),
      vectors,
      space,
      window,
      notes: [...notes, ...noteOn(read)],
      restoreView: () => {
        ownId.value = id;
        takeWindow(window);
        if (view) restore(view);
      },
    };
  });
}

async function refreshAndThrow(error: unknown): Promise<never> {
  await refresh();
  throw error;
}

function noteOn({ session: { images } }: ReadSession): string[] {
  if (images !== 'thumbnails') return [];
  return [
    'The images of this session are kept as thumbnails: to embed them by another model, open the files again.',
  ];
}

/** How the pairs are looked at. */
function viewNow(): KeptView {
  const { step, perplexity, shown, isWhole } = map.value;
  const closing = keptClosing.value;
  return {
    text: viewText.value,
    map: step && !isMoving() ? { step, perplexity, shown, isWhole } : undefined,
    closing: closing && { name: closing.name, bytes: closing.bytes, trainedOn: trainedOn(closing.trainedOn) },
    showsClosing: session.shown.value.kind === 'kept',
  };
}

/** A descent that is under way is begun anew when people go on. */
function isMoving(): boolean {
  return map.value.status === 'running' || map.value.status === 'paused';
}

function trainedOn(pairs: readonly unknown[] | undefined): TrainedOn {
  if (!pairs) return 'file';
  return pairs.length > 0 && pairs[0] === session.pairs.value[0] ? pairs.length : 'others'; // those that were embedded later follow them
}

/** All of them stay the very pairs. */
function trainedOf(pairs: readonly Pair[], count: number): readonly Pair[] {
  return count === pairs.length ? pairs : pairs.slice(0, count);
}

/** A link that the page was opened by says more than what was kept, but for the map's places. */
function restore({ text, map: places, closing, showsClosing }: KeptView): void {
  const isLinked = isOfLink.value;
  if (!isLinked) applyView(text);
  const isSameView = !isLinked || text === viewText.value;
  if (closing) void restoreClosing(closing, isSameView && showsClosing, places);
  const isOfClosing = places?.shown.kind === 'kept';
  if (places && isSameView && !isOfClosing) placeMap(places);
}

async function restoreClosing(
  { name, bytes, trainedOn: of }: NonNullable<KeptView['closing']>,
  isShown: boolean,
  places: KeptView['map'],
): Promise<void> {
  const { pairs } = session;
  const own = pairs.value;
  try {
    const closing = await engine().loadClosing(new Blob([Uint8Array.from(bytes)]));
    if (pairs.value !== own) return; // other pairs were opened
    keep(closing, name, of === 'file' ? undefined : of === 'others' ? [] : trainedOf(own, of));
    if (!isShown) return;
    choose('kept');
    const { version = 0 } = keptClosing.value ?? {};
    if (places?.shown.kind !== 'kept') return;
    stopMap();
    placeMap({ ...places, shown: { kind: 'kept', name, version } });
  } catch (error) {
    keepingTrouble.note(error);
  }
}

const STILL_MS = 1000;

/** Changes of the view of a kept session are kept, once it is still. */
function followView(): void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  effect(() => {
    clearTimeout(timer);
    if (!isKept.value || isMoving()) return;
    const [id, view] = [ownId.value, viewNow()];
    timer = setTimeout(() => void keepView(id, view), STILL_MS);
  });
}

async function keepView(id: string | undefined, view: KeptView): Promise<void> {
  if (id === undefined || id !== untracked(() => ownId.value)) return;
  try {
    if (!(await keeper().keepView(id, view))) await refresh();
  } catch (error) {
    keepingTrouble.note(error);
  }
}
