import { InvalidArgumentError, type Option } from 'commander';

/** Parsers for commander: each ends the command with a usage error unless the text is such a number. */
type NumberParser = (text: string) => number;

/** What each parser takes, for the help. */
const BOUNDS = new WeakMap<object, string>();

function parser(expected: string, isValid: (value: number) => boolean): NumberParser {
  const parse = (text: string) => {
    const value = text.trim() === '' ? Number.NaN : Number(text);
    if (!isValid(value)) throw new InvalidArgumentError(`It must be ${expected}.`);
    return value;
  };
  BOUNDS.set(parse, expected);
  return parse;
}

export const positiveInteger = integerFrom(1, 'a positive integer');
export const naturalNumber = integerFrom(0);
export const integer = parser('an integer', Number.isSafeInteger);
export const positiveNumber = parser('a positive number', (value) => Number.isFinite(value) && value > 0);
export const numberFromZero = parser('a number from 0', (value) => Number.isFinite(value) && value >= 0);

/** One fold would leave nothing to fit on. */
export const foldCount = integerFrom(2);
export const foldCountOrNone = parser(
  '0, or an integer of at least 2',
  (value) => value === 0 || (Number.isSafeInteger(value) && value >= 2),
);

export function integerFrom(least: number, expected = `an integer of at least ${least}`): NumberParser {
  return parser(expected, (value) => Number.isSafeInteger(value) && value >= least);
}

/** Both ends included. */
export function numberWithin(low: number, high: number): NumberParser {
  return parser(`a number from ${low} to ${high}`, (value) => value >= low && value <= high);
}

/** Any number of at least `least`. */
export function numberFrom(least: number): NumberParser {
  return parser(`a number of at least ${least}`, (value) => Number.isFinite(value) && value >= least);
}

/** Several of a parser's numbers, for an option that takes a list. */
export function listOf(parse: NumberParser) {
  const add = (text: string, before: readonly number[] = []): readonly number[] => [...before, parse(text)];
  BOUNDS.set(add, `each ${BOUNDS.get(parse)}`);
  return add;
}

type Described = Pick<Option, 'description'> &
  Partial<Pick<Option, 'argChoices' | 'parseArg' | 'defaultValue'>>;

/** An option's or argument's description in the help, with what it takes: its choices, a number's bounds, the default. */
export function described({ description, argChoices, parseArg, defaultValue }: Described): string {
  const bounds = boundsOf({ parseArg });
  const { text, inWords } = withoutDefault(description);
  const usual = typeof defaultValue === 'boolean' ? inWords : (defaultValue ?? inWords);
  const said = [
    ...(argChoices ? [`choices: ${argChoices.join(', ')}`] : []),
    ...(bounds === undefined ? [] : [bounds]),
    ...(usual === undefined ? [] : [`default: ${usual}`]),
  ];
  return said.length === 0 ? text : `${text} (${said.join('; ')})`;
}

/** Some descriptions say the default in words, where it depends on something: `(default: the embedded model)`. */
export function withoutDefault(description: string): { readonly text: string; readonly inWords?: string } {
  const said = /\s*\(default: ([^)]*)\)$/.exec(description);
  return said ? { text: description.slice(0, said.index), inWords: said[1] } : { text: description };
}

/** What an option or argument takes by its parser: `an integer of at least 1`; undefined where any text will do. */
export function boundsOf({ parseArg }: Pick<Described, 'parseArg'>): string | undefined {
  return parseArg && BOUNDS.get(parseArg);
}

/** Of TCP; 0 takes a free one. */
export function port(text: string): number {
  const value = naturalNumber(text);
  if (value > 65_535) throw new InvalidArgumentError('It must be a port, at most 65535.');
  return value;
}
