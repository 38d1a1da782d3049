// How a field of open_clip's configuration is judged: by whether the engine computes what open_clip does for its value.

export interface Rule {
  /** Whether the engine computes what open_clip does for this value; undefined where the field is absent. */
  readonly computes: (value: unknown) => boolean;
  readonly expected: string;
  /** What open_clip does for other values. */
  readonly otherwise: (value: unknown) => string;
}

export type Rules = Readonly<Record<string, Rule>>;

/** The field of both kinds of text towers. */
export const TEXT_ARCH: Rule = {
  computes: (value) => value === undefined || value === 'clip',
  expected: '"clip"',
  otherwise: () => 'open_clip builds another text tower by it',
};

/** Likewise. */
export const TOKENIZER_TYPE: Rule = {
  computes: (value) => value === undefined || value === null || value === '',
  expected: 'empty',
  otherwise: () => 'open_clip takes another tokenizer by it',
};

/** Likewise, for tokenizers of Hugging Face. */
export const TOKENIZER_MODE: Rule = {
  computes: (value) => value === undefined || value === null || value === '',
  expected: 'empty',
  otherwise: () => 'open_clip arranges tokens differently by it',
};

/** A switch that the engine computes only where it is off. */
export function off(otherwise: string): Rule {
  return {
    computes: (value) => value === undefined || value === null || value === false,
    expected: 'false',
    otherwise: () => otherwise,
  };
}

/** Whether a value is one of these strings. */
export function isAmong(value: unknown, known: readonly string[]): boolean {
  return typeof value === 'string' && known.includes(value);
}

/** Whether an object has these keys alone, each with one of its values. */
export function isOneOf(value: unknown, known: Readonly<Record<string, readonly unknown[]>>): boolean {
  if (!keysAmong(value, Object.keys(known))) return false;
  return Object.entries(value as Record<string, unknown>).every(([key, item]) => known[key]?.includes(item));
}

/** Whether a value is absent, or an object without keys. */
export function isEmpty(value: unknown): boolean {
  return value === undefined || value === null || keysAmong(value, []);
}

/** Whether a value is an object of no other keys. */
export function keysAmong(value: unknown, known: readonly string[]): boolean {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  return Object.keys(value).every((key) => known.includes(key));
}
