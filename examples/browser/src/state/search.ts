import { effect } from '@preact/signals';
import { engine } from '../engine/client.ts';
import type { MapStep, Neighbours, Query, QueryVector } from '../engine/types.ts';
import { engines } from './engines.ts';
import { map } from './map.ts';
import { report } from './messages.ts';
import { session } from './session.ts';

interface NamedQuery extends QueryVector {
  /** The text, or the image's name. */
  readonly name: string;
}

interface Place {
  readonly at: Float32Array;
  /** In this map alone. */
  readonly step: MapStep;
}

const RESULTS = 5;

/** What is searched for, as it was embedded. */
export const query = session.ofPairs.answer<NamedQuery>();
/** What is nearest to it, as the pairs are shown. */
export const found = session.ofPairs.answer<Neighbours>();
const place = session.ofPairs.answer<Place>();

/** Where the query lies in the map that is there; undefined while the map moves. */
export function queryPlace(): Float32Array | undefined {
  const known = place.value;
  return known?.step === map.value.step ? known?.at : undefined;
}

export async function search(wanted: Query): Promise<void> {
  clearSearch();
  const name = wanted.kind === 'text' ? wanted.text : wanted.name;
  try {
    await query.ask(async () => ({ ...(await engine().embedQuery(wanted)), name }));
  } catch (error) {
    report(error);
  }
}

export function clearSearch(): void {
  for (const answer of [query, found, place]) answer.forget();
}

/** Keeps what is found, and the place, those of the query in what is shown. */
export function followSearch(): void {
  let before: NamedQuery | undefined;
  effect(() => {
    const now = query.value;
    void [session.shown.value, engines.value];
    const keep = now === before;
    before = now;
    if (now) found.ask(() => engine().nearest(sent(now), RESULTS), keep).catch(report);
  });
  effect(() => {
    const now = query.value;
    void session.shown.value;
    const { step, status, perplexity } = map.value;
    if (!now || !step || status === 'running' || status === 'paused') return;
    const { embedding } = step;
    const ask = async () => ({ step, at: await engine().place(sent(now), { embedding, perplexity }) });
    place.ask(ask).catch(report);
  });
}

function sent({ kind, vector }: NamedQuery): QueryVector {
  return { kind, vector };
}
