import { effect } from '@preact/signals';
import { engine } from '../engine/client.ts';
import type { Neighbours, Query, QueryVector } from '../engine/types.ts';
import { engines } from './engines.ts';
import { map } from './map.ts';
import { type MapPicture, mapPicture, principalMap } from './map-layout.ts';
import { session } from './session.ts';
import { Trouble } from './trouble.ts';

interface NamedQuery extends QueryVector {
  /** The text, or the image's name. */
  readonly name: string;
}

interface Place {
  readonly at: Float32Array;
  /** In this map alone. */
  readonly picture: MapPicture;
}

const RESULTS = 5;

/** What is searched for, as it was embedded. */
export const query = session.ofSet.answer<NamedQuery>();
/** What is nearest to it, as the pairs are shown. */
export const found = session.ofPairs.answer<Neighbours>();
const place = session.ofPairs.answer<Place>();
export const searchTrouble = new Trouble(session.ofSet);

/** Where the query lies in the map that is shown; undefined while the map moves. */
export function queryPlace(): Float32Array | undefined {
  const known = place.value;
  if (known?.picture.layout === 'pca' && principalMap.pending) return undefined;
  return known?.picture === mapPicture.value ? known?.at : undefined;
}

export async function search(wanted: Query): Promise<void> {
  clearSearch();
  const name = wanted.kind === 'text' ? wanted.text : wanted.name;
  await searchTrouble.attempt(() =>
    query.ask(async () => ({ ...(await engine().embedQuery(wanted)), name })),
  );
}

export function clearSearch(): void {
  searchTrouble.forget();
  for (const answer of [query, found, place]) answer.forget();
}

/** Keeps what is found, and the place, those of the query in what is shown. */
export function followSearch(): void {
  let before: NamedQuery | undefined;
  effect(() => {
    const now = query.value;
    void [session.pairs.value, session.shown.value, engines.value];
    const keep = now === before;
    before = now;
    if (now) void searchTrouble.attempt(() => found.ask(() => engine().nearest(sent(now), RESULTS), keep));
  });
  effect(() => {
    const now = query.value;
    void [session.shown.value, engines.value];
    const picture = mapPicture.value;
    if (!now || !picture) return;
    const find =
      picture.layout === 'pca' ? () => engine().placeAlongAxes(sent(now)) : placeInTsne(now, picture);
    if (find)
      place.ask(async () => ({ picture, at: await find() })).catch((error) => searchTrouble.note(error));
  });
}

/** Undefined while the map moves. */
function placeInTsne(now: NamedQuery, { embedding }: MapPicture): (() => Promise<Float32Array>) | undefined {
  const { status, perplexity } = map.value;
  if (status === 'running' || status === 'paused') return undefined;
  return () => engine().place(sent(now), { embedding, perplexity });
}

function sent({ kind, vector }: NamedQuery): QueryVector {
  return { kind, vector };
}
