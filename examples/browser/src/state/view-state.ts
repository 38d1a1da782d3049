import { effect, untracked } from '@preact/signals';
import type { Pair } from '../session/session.ts';
import { shift } from './closing.ts';
import { focus } from './focus.ts';
import { heatmapOrder, heatmapScale } from './heatmap.ts';
import { hiddenCode } from './hidden-code.ts';
import { chosenPerplexity, perplexityRange } from './map.ts';
import { hidden } from './map-hidden.ts';
import { mapLayout } from './map-layout.ts';
import { colourMode, linkMode, showsThumbnails, worstCount } from './map-look.ts';
import { say } from './messages.ts';
import { selection } from './selection.ts';
import { pointCode, selectionCode } from './selection-code.ts';
import { session } from './session.ts';
import { numberIn, oneOf, onOrOff, twoShares, wholeNumber } from './url-codecs.ts';
import { applyView, inUrl, linkText, setOf, viewText } from './url-state.ts';

const pairCount = () => session.pairCount.value;

// What links say of the view: one line each. Nothing of what pairs hold, no id and no caption, may be among it.
inUrl('colour', colourMode, oneOf('modality', 'label', 'distance'));
inUrl('layout', mapLayout, oneOf('tsne', 'pca'));
inUrl('thumbnails', showsThumbnails, onOrOff);
inUrl(
  'hidden',
  hidden,
  hiddenCode(() => session.pairs.value.map(({ label }) => label)),
);
inUrl('links', linkMode, oneOf('all', 'selected', 'worst', 'none'));
inUrl('worst', worstCount, wholeNumber(1));
inUrl(
  'perplexity',
  chosenPerplexity,
  numberIn(() => perplexityRange.value),
);
inUrl('order', heatmapOrder, oneOf('file', 'label', 'cluster', 'similarity'));
inUrl('scale', heatmapScale, oneOf('fixed', 'shown'));
inUrl('shift', shift, twoShares);
inUrl('selected', selection, selectionCode(pairCount));
inUrl('at', focus, pointCode(pairCount));

/** replaceState more often than this is refused by some browsers. */
const STILL_MS = 300;

/** The link that the page was opened by, or that was pasted, until pairs are there for it. */
let waiting: string | undefined;
/** As the page wrote or took it last. */
let address = '';
let timer: ReturnType<typeof setTimeout> | undefined;
/** Whether people saw a part of the open set before all of it was there, and chose how to look at it. */
let wasPart = false;

/** Whether the view of the pairs that are open is that of a link. */
export const isOfLink = session.ofPairs.choice(false);

/** Keeps the address that of the view, and the view that of an address that people give. */
export function followUrl(): void {
  waiting = linkNow();
  address = location.hash;
  addEventListener('hashchange', takeLink);
  effect(() => {
    const pairs = session.pairs.value;
    if (pairs.length === 0) return;
    if (session.untried.value > 0) untracked(beginPart);
    else untracked(() => useWaiting(pairs));
  });
  effect(() => {
    clearTimeout(timer);
    const pairs = session.pairs.value;
    if (pairs.length === 0 || session.untried.value > 0) return; // the link that brought people here waits for its pairs
    const link = linkText(setName(pairs), viewText.value);
    timer = setTimeout(() => {
      const isLeft = location.hash !== address; // the news of it is on its way
      if (isLeft || link === address) return;
      history.replaceState(history.state, '', link);
      address = location.hash;
    }, STILL_MS);
  });
}

/** A set of which more is to come: a link of it waits for the whole, and that of another set says nothing any more. */
function beginPart(): void {
  wasPart = true;
  if (waiting !== undefined || location.hash === '' || location.hash !== address) return;
  history.replaceState(history.state, '', location.pathname + location.search);
  address = '';
}

function useWaiting(pairs: readonly Pair[]): void {
  const keepsOthers = wasPart;
  wasPart = false;
  const link = waiting;
  waiting = undefined;
  if (link === undefined) return;
  const set = setOf(link);
  if (set !== undefined && set !== setName(pairs)) {
    say('info', 'The link is of other pairs than these, so what it says of the view is left out.');
    return;
  }
  use(link, keepsOthers);
}

function use(link: string, keepsOthers = false): void {
  isOfLink.value = true;
  const refused = applyView(link, keepsOthers);
  const more = refused.length > 3 ? ` and ${refused.length - 3} more` : '';
  if (refused.length > 0)
    say(
      'info',
      `Left out of the link, since it says nothing here: ${refused.slice(0, 3).join(', ')}${more}.`,
    );
}

/** An address that people wrote or pasted, or went back to. */
function takeLink(): void {
  clearTimeout(timer);
  address = location.hash;
  const link = linkNow();
  const pairs = session.pairs.peek();
  const set = setOf(link ?? '');
  if (link === undefined) return;
  if (pairs.length > 0 && (set === undefined || set === setName(pairs))) {
    use(link);
    return;
  }
  waiting = link;
  if (pairs.length > 0) say('info', 'The link is of other pairs than these: open those, and it is followed.');
}

function linkNow(): string | undefined {
  return location.hash.length > 1 ? location.hash.slice(1) : undefined;
}

/**
 * Tells sets apart by their count and the lengths of what they hold, so that a link gives nothing of it away. Two sets of the
 * same lengths have the same name.
 */
function setName(pairs: readonly Pair[]): string {
  let hash = 0x811c9dc5; // FNV-1a
  for (const pair of pairs) {
    const { id, caption, label, imageBytes } = pair;
    for (const length of [id.length, caption.length, label.length, imageBytes ?? pair.image?.size ?? 0]) {
      hash = Math.imul(hash ^ length, 0x01000193);
    }
  }
  return `${pairs.length}-${(hash >>> 0).toString(36)}`;
}
