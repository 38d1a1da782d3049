import { type Modality, type Point, PointSet } from '../session/points.ts';
import type { Selection, SelectionOrigin } from './selection.ts';
import type { Codec } from './url-codecs.ts';

/** Longer than this a selection is left out of links. */
const MOST_CHARACTERS = 2000;

const ORIGINS: Readonly<Record<string, SelectionOrigin>> = { m: 'map', h: 'heatmap', l: 'list' };
const SIDES: Readonly<Record<string, readonly Modality[]>> = {
  i: ['image'],
  t: ['text'],
  p: ['image', 'text'],
};

/**
 * Where it was made, then which images (i), texts (t) or pairs (p): `m.i0-4_9.t3`, runs in base 36 with the gaps between them, or, where
 * that is shorter, a bit a pair: `m.pB` and base64url.
 * @param pairCount of the pairs that are open
 */
export function selectionCode(pairCount: () => number): Codec<Selection> {
  return {
    write: ({ points, origin }) => {
      const images = of(points, 'image');
      const texts = of(points, 'text');
      const isWhole = images.join() === texts.join();
      const parts = isWhole ? { p: images } : { i: images, t: texts };
      const written = Object.entries(parts).flatMap(([side, pairs]) =>
        pairs.length > 0 ? [side + shortest(pairs)] : [],
      );
      const from = Object.keys(ORIGINS).find((letter) => ORIGINS[letter] === origin);
      const text = [from, ...written].join('.');
      return written.length > 0 && text.length <= MOST_CHARACTERS ? text : undefined;
    },
    read: (text) => {
      const [from = '', ...parts] = text.length <= MOST_CHARACTERS ? text.split('.') : [];
      const origin = ORIGINS[from];
      const points: Point[] = [];
      for (const part of parts) {
        const sides = SIDES[part[0] ?? ''];
        const pairs = pairsOf(part.slice(1), pairCount());
        if (!sides || !pairs) return undefined;
        for (const modality of sides) for (const pair of pairs) points.push({ modality, pair });
      }
      return origin && points.length > 0 ? { points: new PointSet(points), origin } : undefined;
    },
  };
}

/** A point: `i9`, `t0`. */
export function pointCode(pairCount: () => number): Codec<Point | undefined> {
  return {
    write: (point) => point && `${point.modality === 'image' ? 'i' : 't'}${point.pair.toString(36)}`,
    read: (text) => {
      const [pair, ...more] = pairsOf(text.slice(1), pairCount()) ?? [];
      const modality = text[0] === 'i' ? 'image' : text[0] === 't' ? 'text' : undefined;
      return modality && pair !== undefined && more.length === 0 ? { modality, pair } : undefined;
    },
  };
}

function of(points: PointSet, modality: Modality): number[] {
  return [...points].flatMap((point) => (point.modality === modality ? [point.pair] : []));
}

function shortest(pairs: readonly number[]): string {
  const [runs, bits] = [runsOf(pairs), bitsOf(pairs)];
  return runs.length <= bits.length ? runs : bits;
}

/** In order: `0-4_9`, each number the way from the one before it. */
function runsOf(pairs: readonly number[]): string {
  const runs: string[] = [];
  let end = 0; // one after the last run
  for (let i = 0; i < pairs.length; ) {
    const first = pairs[i] ?? 0;
    let length = 1;
    while (pairs[i + length] === first + length) length += 1;
    const gap = (first - end).toString(36);
    runs.push(length === 1 ? gap : `${gap}-${(length - 1).toString(36)}`);
    end = first + length;
    i += length;
  }
  return runs.join('_');
}

/** No digit of base 36 as it is written here. */
const BITS = 'B';

function bitsOf(pairs: readonly number[]): string {
  const bytes = new Uint8Array(Math.floor((pairs.at(-1) ?? 0) / 8) + 1);
  for (const pair of pairs) bytes[pair >> 3] = (bytes[pair >> 3] ?? 0) | (1 << (pair & 7));
  const binary = Array.from(bytes, (byte) => String.fromCharCode(byte)).join('');
  return `${BITS}${btoa(binary).replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, '')}`;
}

/** In order; undefined where it says nothing, or of pairs that are not there. */
function pairsOf(text: string, count: number): number[] | undefined {
  const pairs = text.startsWith(BITS) ? pairsOfBits(text.slice(1)) : pairsOfRuns(text, count);
  return pairs?.every((pair) => pair < count) ? pairs : undefined;
}

function pairsOfBits(text: string): number[] | undefined {
  if (!/^[\w-]+$/.test(text) || text.length % 4 === 1) return undefined;
  const binary = atob(text.replaceAll('-', '+').replaceAll('_', '/'));
  const pairs: number[] = [];
  for (let i = 0; i < binary.length; i++) {
    for (let bit = 0; bit < 8; bit++) if (binary.charCodeAt(i) & (1 << bit)) pairs.push(8 * i + bit);
  }
  return pairs;
}

function pairsOfRuns(text: string, count: number): number[] | undefined {
  const pairs: number[] = [];
  let end = 0;
  for (const run of text.split('_')) {
    const [, gap, more = '0'] = /^([\da-z]{1,6})(?:-([\da-z]{1,6}))?$/.exec(run) ?? [];
    if (gap === undefined) return undefined;
    const first = end + Number.parseInt(gap, 36);
    end = first + Number.parseInt(more, 36) + 1;
    if (end > count) return undefined;
    for (let pair = first; pair < end; pair++) pairs.push(pair);
  }
  return pairs;
}
