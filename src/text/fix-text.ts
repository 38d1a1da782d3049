import {
  fixCharacterWidth,
  fixLatinLigatures,
  fixLineBreaks,
  fixSurrogates,
  removeControlCharacters,
  removeTerminalEscapes,
  uncurlQuotes,
} from './characters.ts';
import { readC1AsWindows1252 } from './code-pages.ts';
import { orderMarks } from './combining-marks.ts';
import { unescapeCompleteReferences } from './html-entities.ts';
import { fixEncodingInSteps } from './mojibake.ts';
import { RepairBudget } from './repair-budget.ts';

/** The steps after the repair of mojibake. */
const STEPS: readonly ((text: string) => string)[] = [
  readC1AsWindows1252,
  fixLatinLigatures,
  fixCharacterWidth,
  uncurlQuotes,
  fixLineBreaks,
  fixSurrogates,
  removeTerminalEscapes,
  removeControlCharacters,
  (text) => orderMarks(text).normalize('NFC'),
];

// None of the steps touches other printable ASCII.
const UNUSUAL = /[^\n\x20-%'-~]/;

/** The longest segment of a line, in characters. */
const LONGEST_SEGMENT = 1_000_000;

/**
 * ftfy 6.3.1's `fix_text` with its default options: HTML references, mojibake, ligatures, character widths, quotes,
 * line breaks, surrogates, terminal escapes, control characters, NFC.
 * Left out, since a caption has no use for it: the options other than the defaults, the explanation of what was
 * changed, `fix_file`, `guess_bytes` and `decode_escapes`. Time is linear in the length; for input that takes ftfy
 * quadratic time see `RepairBudget`.
 * @throws {TextRepairError}
 */
export function fixText(text: string): string {
  return [...fixedSegments(text)].join('');
}

/**
 * The same line by line, a line of over a million characters in pieces of so many. Yields empty strings between the
 * repairs of a segment, so that callers can be interrupted.
 */
export function* fixedSegments(text: string): Generator<string, void> {
  const budget = new RepairBudget(text.length);
  let mayUnescape = true;
  // Each line may have its own encoding. From a line with "<" on, the text counts as HTML, whose references stay.
  for (const segment of segmentsOf(text)) {
    mayUnescape &&= !segment.includes('<');
    yield yield* fixSegment(segment, mayUnescape, budget);
  }
}

function* segmentsOf(text: string): Generator<string, void> {
  let start = 0;
  while (start < text.length) {
    const end = text.indexOf('\n', start) + 1 || text.length;
    while (start < end) {
      const cut = end - start > LONGEST_SEGMENT ? Math.min(end, longestFrom(text, start)) : end;
      yield text.slice(start, cut);
      start = cut;
    }
  }
}

/** The end of a longest segment from `start` on; a surrogate pair is one character. */
function longestFrom(text: string, start: number): number {
  let end = start;
  for (let i = 0; i < LONGEST_SEGMENT && end < text.length; i++) {
    end += (text.codePointAt(end) as number) > 0xffff ? 2 : 1;
  }
  return end;
}

/** Repeats all steps until nothing changes, since one repair may enable another. */
function* fixSegment(segment: string, mayUnescape: boolean, budget: RepairBudget): Generator<'', string> {
  if (!UNUSUAL.test(segment)) return segment;
  for (let current = segment; ; yield '') {
    const unescaped = mayUnescape ? unescapeCompleteReferences(current) : current;
    const read = yield* fixEncodingInSteps(unescaped, budget);
    const fixed = STEPS.reduce((text, step) => step(text), read);
    if (fixed === current) return current;
    budget.spend(fixed.length);
    current = fixed;
  }
}
