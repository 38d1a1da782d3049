import { computed, effect, signal } from '@preact/signals';
import { pickedFiles } from '../data/dropped-files.ts';
import { savedAmong } from '../data/saved-files.ts';
import { engine } from '../engine/client.ts';
import { selectPairs } from '../engine/rows.ts';
import type { ComparedSide, Comparison, PairVectors } from '../engine/types.ts';
import { Answer } from '../session/answer.ts';
import { isSameShown } from '../session/session.ts';
import { keyOf, matched, type PairKey } from './compared-pairs.ts';
import { engines } from './engines.ts';
import { map } from './map.ts';
import { session, shownName } from './session.ts';
import { Trouble } from './trouble.ts';

/** Embeddings that were set aside, of pairs that are known by their keys. */
interface KeptSide extends ComparedSide {
  /** A closing was fitted on these very pairs, which a bootstrap of them does not know. */
  readonly isClosed: boolean;
  readonly pairs: readonly PairKey[];
}

export type SideName = 'embedded' | 'kept';

/** Two embeddings side by side. */
export interface Compared extends Comparison {
  /** Of A, a row a pair. */
  readonly vectorsA: PairVectors;
  readonly nameA: string;
  readonly nameB: string;
  /** Which of the open pairs the rows are. */
  readonly pairs: readonly number[];
  /** Open pairs that A does not have, and pairs of A that are not open. */
  readonly leftOut: { readonly open: number; readonly a: number };
}

/** Two maps, of A and B: each `[2n, 2]`. */
export interface ComparedMaps {
  readonly a: Float32Array;
  readonly b: Float32Array;
}

/** Set aside by hand or from a file; it outlives other models and other pairs. */
export const keptSide = signal<KeptSide | undefined>(undefined);
/** What A is; B is what is shown. Stays when other pairs open, such as the same ones by another model. */
export const sideA = signal<SideName>('embedded');
/** While there is one, it is on the screen. */
export const compared = session.ofShown.answer<Compared>();
export const comparedMaps = session.ofShown.answer<ComparedMaps>();
const taking = new Answer<KeptSide>();
export const compareTrouble = new Trouble(session.ofShown);
export const comparedMapsTrouble = new Trouble(session.ofShown);
/** Of what is set aside, which outlives the pairs. */
export const asideTrouble = new Trouble();

/** What is shown, in words. */
export const nameB = computed(() => {
  const { name = 'an unknown model' } = session.space.value ?? {};
  const dtype = session.takesQueries.value ? session.model.value?.info.dtype : undefined;
  const closed = shownName.value === undefined ? '' : `, closed: ${shownName.value}`;
  return `${name}${dtype && dtype !== 'f32' ? ` (${dtype})` : ''}${closed}`;
});

/** Whether A and B would be the same. */
export const isSameSide = computed(() =>
  sideA.value === 'embedded' ? shownName.value === undefined : keptSide.value === undefined,
);

/** Sets aside what is shown, as A. */
export async function keepAsA(): Promise<void> {
  const about = {
    name: nameB.value,
    pairs: session.pairs.value.map(keyOf),
    isClosed: shownName.value !== undefined,
  };
  const { value: shown } = session.shown;
  await take(async () => ({ ...about, vectors: await engine().shownVectors(shown) }));
}

/** Embeddings of the same pairs from files, as A. */
export async function openAsA(files: readonly File[]): Promise<void> {
  await take(async () => {
    const found = await savedAmong(pickedFiles(files), (parquets) => engine().vectorsAmong(parquets));
    if (!found)
      throw new Error('These are no embeddings: give what Export saves, or .npz, .parquet or .npy files.');
    const { vectors, pairs, space } = await engine().readSaved(found.saved);
    const [file] = files;
    const name = `${file?.name}${space.name ? `, ${space.name}` : ''}`;
    return { name, pairs: pairs.map(keyOf), vectors, isClosed: space.fingerprint === undefined };
  });
}

async function take(read: () => Promise<KeptSide>): Promise<void> {
  await asideTrouble.attempt(() => taking.ask(read));
  if (!taking.value) return;
  keptSide.value = taking.value;
  taking.forget();
  sideA.value = 'kept';
  endComparison();
}

export function endComparison(): void {
  void engine().cancel('compare');
  void engine().cancel('map beside');
  compareTrouble.forget();
  comparedMapsTrouble.forget();
  compared.forget();
  comparedMaps.forget();
}

/** Compares A with what is shown, over the pairs that both have. */
export async function compare(): Promise<void> {
  comparedMaps.forget();
  const a = chosenA();
  if (!a) return;
  const isClosed = a.isClosed || shownName.value !== undefined;
  const { value: shown } = session.shown;
  const { here, there } = matched(session.pairs.value, a.pairs);
  await compareTrouble.attempt(() =>
    compared.ask(async () => {
      if (here.length < 2) {
        throw new Error(
          `${a.name} and the open pairs have ${here.length === 0 ? 'none' : 'one'} in common: pairs are matched by the names of their images and by their captions, and a comparison takes two at least.`,
        );
      }
      const vectors = selectPairs(a.vectors, there);
      const names = { nameA: `A: ${a.name}`, nameB: `B: ${nameB.value}` };
      const side = { name: names.nameA, vectors };
      const found = await engine().compare(side, names.nameB, here, { hasIntervals: !isClosed, shown });
      const leftOut = { open: session.pairCount.value - here.length, a: a.pairs.length - there.length };
      return { ...found, ...names, vectorsA: vectors, pairs: here, leftOut };
    }),
  );
}

/** Draws the maps of a comparison when that of what is shown lies still: B's is that one, and A's goes on from there. */
export function followComparison(): void {
  effect(() => {
    void engines.value;
    const found = compared.value;
    const { step, perplexity, shown, status } = map.value;
    const isStill = status === 'done' || status === 'stopped';
    if (!found || !step || !isStill || !isSameShown(shown, session.shown.value)) return;
    const { vectorsA, pairs } = found;
    const b = placesOf(step.embedding, pairs);
    const most = Math.max(1, Math.min(perplexity, (2 * pairs.length - 1) / 3));
    const draw = async () => ({ a: await engine().mapBeside(vectorsA, b, most), b });
    void comparedMapsTrouble.attempt(() => comparedMaps.ask(draw));
  });
}

function chosenA(): KeptSide | undefined {
  if (sideA.value === 'kept') return keptSide.value;
  const { vectors, pairs } = session;
  const { value } = vectors;
  return value && { name: 'as embedded', pairs: pairs.value.map(keyOf), vectors: value, isClosed: false };
}

/** Of a map of all n images and then all n texts, the places of some pairs, in the same order. */
function placesOf(map: Float32Array, pairs: readonly number[]): Float32Array {
  const n = map.length / 4;
  const rows = [...pairs, ...pairs.map((pair) => n + pair)];
  return Float32Array.from(rows.flatMap((row) => [map[2 * row] ?? 0, map[2 * row + 1] ?? 0]));
}
