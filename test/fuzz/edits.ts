import fc from 'fast-check';

const KINDS = [
  ...['flip', 'set', 'number', 'number', 'cut', 'end', 'insert', 'copy', 'swap', 'repeat', 'digits', 'json'],
  ...['word', 'splice', 'repair'],
] as const;

/** One change of a file. What its numbers mean depends on the kind, and they fit a file of any length. */
export interface Edit {
  readonly kind: (typeof KINDS)[number];
  readonly at: number;
  readonly size: number;
  readonly value: number;
}

/** What changes may take from. */
export interface Surroundings {
  /** Byte strings that the format has, as Latin-1. */
  readonly words: readonly string[];
  /** Other files of the format. */
  readonly others: readonly Uint8Array[];
  /** Makes sums and lengths fit again, so that a reader comes past them. */
  readonly repair?: (bytes: Uint8Array) => Uint8Array;
}

/** Up to six changes; one shrinks to fewer of them, and to smaller numbers. */
export const edits: fc.Arbitrary<readonly Edit[]> = fc.array(
  fc.record({
    kind: fc.constantFrom(...KINDS),
    at: fc.nat(0xffff_ffff),
    size: fc.nat(255),
    value: fc.nat(0xffff_ffff),
  }),
  { maxLength: 6, size: 'max' },
);

/** As `edits` gives, from a sequence that costs a hundredth of the time: `guided.ts` does not shrink lists of changes. */
export function* fastEdits(seed: number): Generator<readonly Edit[], never> {
  let state = seed >>> 0;
  const next = () => {
    state = (state + 0x9e3779b9) | 0; // mulberry32
    let mixed = Math.imul(state ^ (state >>> 16), 0x21f0aaad);
    mixed = Math.imul(mixed ^ (mixed >>> 15), 0x735a2d97);
    return (mixed ^ (mixed >>> 15)) >>> 0;
  };
  const number = () => next() >>> (next() % 4 === 0 ? next() % 32 : 0); // every fourth a small one, more or less
  for (;;) {
    const length = Math.min(1 + (next() % 6), 1 + (next() % 6));
    yield Array.from({ length }, () => {
      const kind = KINDS[next() % KINDS.length] ?? 'flip';
      return { kind, at: next(), size: next() & 255, value: number() };
    });
  }
}

/** More than a reader's block, and enough for what takes time by the square of a length. */
const MOST_REPEATED = 1 << 18;

export function edited(bytes: Uint8Array, list: readonly Edit[], around: Surroundings): Uint8Array {
  return list.reduce((before, edit) => applied(before, edit, around), bytes);
}

function applied(bytes: Uint8Array, edit: Edit, { words, others, repair }: Surroundings): Uint8Array {
  const { kind, size, value } = edit;
  const at = placeOf(edit, bytes.length);
  const other = others[value % Math.max(1, others.length)] ?? bytes;
  switch (kind) {
    case 'flip':
      return withBytes(bytes, at, [(bytes[at] ?? 0) ^ (1 << (size % 8))]);
    case 'set':
      return withBytes(bytes, at, [value]);
    case 'number':
      return withBytes(bytes, at, numberBytes(edit, bytes, at));
    case 'cut':
      return spliced(bytes, at, size, []);
    case 'end':
      return bytes.slice(0, at);
    case 'insert':
      return spliced(
        bytes,
        at,
        0,
        Uint8Array.of(value, value >>> 8, value >>> 16).subarray(0, 1 + (size % 3)),
      );
    case 'copy':
      return spliced(bytes, at, 0, bytes.subarray(value % (bytes.length + 1)).subarray(0, size));
    case 'swap':
      return withBytes(bytes, at, bytes.slice(value % (bytes.length + 1)).subarray(0, size));
    case 'splice':
      return spliced(bytes.subarray(0, at), at, 0, other.subarray(Math.min(at, size)));
    case 'repeat':
      return repeated(bytes, at, edit);
    case 'digits':
      return digitsReplaced(bytes, at, NUMBER_TEXTS[value % NUMBER_TEXTS.length] ?? '');
    case 'json':
      return jsonEdited(bytes, edit);
    case 'word':
      return spliced(
        bytes,
        at,
        size % 2 ? size >>> 2 : 0,
        latin1(words[value % Math.max(1, words.length)] ?? ''),
      );
    case 'repair':
      return repair?.(bytes) ?? bytes;
  }
}

/** Anywhere, or near one of the ends, where headers and directories are. */
function placeOf({ at }: Edit, length: number): number {
  const zone = at % 4;
  const place = Math.floor(at / 4);
  if (zone < 2) return place % (length + 1);
  const near = place % (Math.min(256, length) + 1);
  return zone === 2 ? near : length - near;
}

function withBytes(bytes: Uint8Array, at: number, values: ArrayLike<number>): Uint8Array {
  const result = bytes.slice();
  for (let i = 0; i < values.length && at + i < bytes.length; i++) result[at + i] = values[i] ?? 0;
  return result;
}

function spliced(bytes: Uint8Array, at: number, removed: number, added: ArrayLike<number>): Uint8Array {
  const rest = bytes.subarray(at + removed);
  const result = new Uint8Array(at + added.length + rest.length);
  result.set(bytes.subarray(0, at));
  result.set(added, at);
  result.set(rest, at + added.length);
  return result;
}

function repeated(bytes: Uint8Array, at: number, { size, value }: Edit): Uint8Array {
  const piece = bytes.subarray(at, at + 1 + (size % 64));
  const most = value % 32 === 0 ? MOST_REPEATED : 1024;
  const times = Math.floor(Math.min(value % 65_536, most) / Math.max(1, piece.length));
  const run = new Uint8Array(piece.length * times);
  for (let i = 0; i < times; i++) run.set(piece, i * piece.length);
  return bytes.length + run.length > MOST_REPEATED ? bytes : spliced(bytes, at, 0, run);
}

const POWERS = [7, 8, 15, 16, 31, 32, 53, 63, 64].map((bits) => 1n << BigInt(bits));
const NUMBERS = [0n, 1n, 2n, ...POWERS.flatMap((power) => [power - 1n, power, power + 1n])];

/** A number at a limit, or one that has to do with the file's length, in 1, 2, 4 or 8 bytes of either order. */
function numberBytes({ size, value }: Edit, bytes: Uint8Array, at: number): number[] {
  const near = [bytes.length, bytes.length - at, at, (bytes[at] ?? 0) + 1, (bytes[at] ?? 0) - 1].map(BigInt);
  const list = size & 8 ? near : NUMBERS;
  const number = list[value % list.length] ?? 0n;
  const width = 1 << (size % 4);
  const little = Array.from({ length: width }, (_, i) => Number((number >> BigInt(8 * i)) & 0xffn));
  return size & 4 ? little.reverse() : little;
}

const NUMBER_TEXTS = [
  ...['0', '-1', '1', '2', '65536', '4294967295', '4294967296', '9007199254740991', '9007199254740993'],
  ...['1e309', '-0', '0.5', '1e-400', '18446744073709551616', '9'.repeat(400), ''],
];

/** The next run of digits is another number. */
function digitsReplaced(bytes: Uint8Array, at: number, text: string): Uint8Array {
  const isDigit = (byte: number | undefined) => byte !== undefined && byte >= 0x30 && byte <= 0x39;
  let start = at;
  while (start < bytes.length && !isDigit(bytes[start])) start++;
  let end = start;
  while (isDigit(bytes[end])) end++;
  return spliced(bytes, start, end - start, latin1(text));
}

const VALUES: readonly unknown[] = [
  ...[null, true, false, 0, -1, 1, 0.5, 1e300, 2 ** 32, 2 ** 53, '', 'x', '\0', '\ud800', '__proto__'],
  ...[[], {}, [[]], [0], [null], { __proto__: 1 }, JSON.parse('{"__proto__":{"x":1}}'), 'x'.repeat(5000)],
];

/** Where there is JSON in the file: one of its values is another, left out, or doubled. */
function jsonEdited(bytes: Uint8Array, { at, size, value }: Edit): Uint8Array {
  const start = bytes.findIndex((byte) => byte === 0x7b || byte === 0x5b);
  const end = Math.max(bytes.lastIndexOf(0x7d), bytes.lastIndexOf(0x5d)) + 1;
  if (start < 0 || end <= start || end - start > 65_536) return bytes;
  let root: unknown;
  try {
    root = JSON.parse(new TextDecoder().decode(bytes.subarray(start, end)));
  } catch {
    return bytes;
  }
  const places = placesIn(root);
  const place = places[at % Math.max(1, places.length)];
  const node = places[size % Math.max(1, places.length)];
  if (!place || !node) return bytes;
  changePlace(place, value % 3 === 0 ? node.holder[node.key] : VALUES[value % VALUES.length], size);
  return spliced(bytes, start, end - start, new TextEncoder().encode(JSON.stringify(root) ?? ''));
}

interface Place {
  readonly holder: Record<string, unknown>;
  readonly key: string;
}

function placesIn(root: unknown): Place[] {
  if (typeof root !== 'object' || root === null) return [];
  const holder = root as Record<string, unknown>;
  return Object.keys(holder).flatMap((key) => [{ holder, key }, ...placesIn(holder[key])]);
}

function changePlace({ holder, key }: Place, value: unknown, size: number): void {
  const copy = structuredClone(value); // or it would hold itself
  if (size % 8 === 0) delete holder[key];
  else if (size % 8 === 1) holder[`${key}2`] = copy;
  else holder[key] = copy;
}

function latin1(text: string): Uint8Array {
  return Uint8Array.from(text, (character) => character.charCodeAt(0));
}
