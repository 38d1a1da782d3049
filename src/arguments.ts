import { InvalidOptionError, UnknownOptionError } from './errors.ts';

/** What a value must be: the words for the message, and the test. */
export interface Expected {
  readonly words: string;
  readonly holds: (value: unknown) => boolean;
}

/** One for each key of T, so that a new key does not compile until it is checked. */
export type Shape<T> = Readonly<Record<keyof T, Expected>>;

/**
 * Checks an object of options, for callers without types: its keys, and what each holds. An undefined value counts as
 * not given.
 * @param name the argument, such as `options`, or where in one the object stands, such as `images[3]`
 * @throws {InvalidOptionError} if it is no object, or a value is of the wrong kind
 * @throws {UnknownOptionError} for an unknown key, naming the nearest known one
 */
export function checkOptions<T extends object>(
  call: string,
  name: string,
  value: unknown,
  shape: Shape<T>,
  required: readonly (keyof T & string)[] = [],
): asserts value is T {
  const known = Object.keys(shape);
  if (!isObject(value) || Array.isArray(value)) {
    throw new InvalidOptionError(name, `an object with ${known.join(', ')}`, value);
  }
  for (const key of required) {
    if (value[key] === undefined) throw new InvalidOptionError(key, shape[key].words, undefined);
  }
  const within = name.endsWith(']') ? `${name}.` : '';
  for (const [key, given] of Object.entries(value)) {
    if (!Object.hasOwn(shape, key)) throw new UnknownOptionError(call, name, key, nearest(key, known), known);
    const { words, holds } = shape[key as keyof T];
    if (given !== undefined && !holds(given)) throw new InvalidOptionError(within + key, words, given);
  }
}

export const anything: Expected = { words: 'given', holds: () => true };
export const boolean: Expected = { words: 'true or false', holds: (value) => typeof value === 'boolean' };
export const text: Expected = { words: 'a string', holds: (value) => typeof value === 'string' };
export const callback: Expected = { words: 'a function', holds: (value) => typeof value === 'function' };
export const list: Expected = { words: 'an array', holds: Array.isArray };
export const aNumber: Expected = { words: 'a number', holds: (value) => typeof value === 'number' };

/** Tested by the members that are used, so that a polyfill's or another realm's signal passes. */
export const abortSignal: Expected = {
  words: 'an AbortSignal',
  holds: (value) =>
    isObject(value) && typeof value.aborted === 'boolean' && typeof value.addEventListener === 'function',
};

export const gpuDevice: Expected = {
  words: 'a GPUDevice',
  holds: (value) => isObject(value) && typeof value.createBuffer === 'function' && isObject(value.queue),
};

export const floats: Expected = { words: 'a Float32Array', holds: isFloat32Array };

/** An array or typed array of numbers. */
export const numberArray: Expected = {
  words: 'an array of numbers',
  holds: (value) => Array.isArray(value) || (ArrayBuffer.isView(value) && 'length' in value),
};

export function integerFrom(least: number): Expected {
  return {
    words: `an integer of at least ${least}`,
    holds: (value) => Number.isSafeInteger(value) && Number(value) >= least,
  };
}

export function oneOf(...values: readonly string[]): Expected {
  const quoted = values.map((value) => `'${value}'`);
  const words = quoted.length < 2 ? quoted.join() : `${quoted.slice(0, -1).join(', ')} or ${quoted.at(-1)}`;
  return { words, holds: (value) => typeof value === 'string' && values.includes(value) };
}

export function listOf({ words, holds }: Expected): Expected {
  return {
    words: `an array, each of it ${words}`,
    holds: (value) => Array.isArray(value) && value.every(holds),
  };
}

/** @throws {InvalidOptionError} unless the array has that many entries */
export function expectLength(name: string, values: ArrayLike<unknown>, length: number): void {
  if (values?.length === length) return;
  throw new InvalidOptionError(name, `of ${length} entries`, values && `an array of ${values.length}`);
}

export function isObject(value: unknown): value is Record<PropertyKey, unknown> {
  return typeof value === 'object' && value !== null;
}

/** An object as JSON has it: no array. */
export function isJsonObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return isObject(value) && !Array.isArray(value);
}

/** What a JSON text says, or undefined for what is none. */
export function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Of any realm: test runners and frames have their own constructors, so `instanceof` is not enough. */
export function isFloat32Array(value: unknown): value is Float32Array {
  return Object.prototype.toString.call(value) === '[object Float32Array]';
}

/** The known key nearest to a mistyped one, if any is near. */
export function nearest(key: string, known: readonly string[]): string | undefined {
  const wanted = key.toLowerCase();
  const ranked = known
    .map((name) => ({ name, edits: editDistance(wanted, name.toLowerCase()) }))
    .sort((a, b) => a.edits - b.edits);
  const [best] = ranked;
  return best && best.edits <= Math.max(2, best.name.length / 3) ? best.name : undefined;
}

/** Levenshtein distance, one row of the table at a time. Only the start of a long key is compared. */
function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (const [i, letter] of [...a.slice(0, 64)].entries()) {
    const next = [i + 1];
    for (let j = 1; j <= b.length; j++) {
      const kept = (row[j - 1] ?? 0) + Number(letter !== b[j - 1]);
      next.push(Math.min(kept, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}
