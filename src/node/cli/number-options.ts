import { InvalidArgumentError } from 'commander';

/** Parsers for commander: each ends the command with a usage error unless the text is such a number. */

export function positiveInteger(text: string): number {
  return numberOf(text, 'a positive integer', (value) => Number.isSafeInteger(value) && value >= 1);
}

export function naturalNumber(text: string): number {
  return numberOf(text, 'an integer of at least 0', (value) => Number.isSafeInteger(value) && value >= 0);
}

export function integer(text: string): number {
  return numberOf(text, 'an integer', Number.isSafeInteger);
}

export function positiveNumber(text: string): number {
  return numberOf(text, 'a positive number', (value) => Number.isFinite(value) && value > 0);
}

export function numberFromZero(text: string): number {
  return numberOf(text, 'a number from 0', (value) => Number.isFinite(value) && value >= 0);
}

/** One fold would leave nothing to fit on. */
export function foldCount(text: string): number {
  return numberOf(text, 'an integer of at least 2', isFoldCount);
}

export function foldCountOrNone(text: string): number {
  return numberOf(text, '0, or an integer of at least 2', (value) => value === 0 || isFoldCount(value));
}

function isFoldCount(value: number): boolean {
  return Number.isSafeInteger(value) && value >= 2;
}

function numberOf(text: string, expected: string, isValid: (value: number) => boolean): number {
  const value = text.trim() === '' ? Number.NaN : Number(text);
  if (!isValid(value)) throw new InvalidArgumentError(`It must be ${expected}.`);
  return value;
}
