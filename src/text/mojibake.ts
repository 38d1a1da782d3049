import { looksMisread } from './badness.ts';
import { CODE_PAGES, encodeIn, readC1AsWindows1252 } from './code-pages.ts';
import { finish } from './finish.ts';
import { decodeUtf8, MISREAD_RUN, replaceLossySequences, restoreNoBreakSpaces } from './misread-utf8.ts';
import { RepairBudget } from './repair-budget.ts';

/**
 * Undoes UTF-8 that was read as a single-byte encoding, once or repeatedly, where the text shows signs of it; other
 * text is unchanged. As ftfy 6.3.1's `fix_encoding`.
 * @throws {TextRepairError}
 */
export function fixEncoding(text: string, budget = new RepairBudget(text.length)): string {
  return finish(fixEncodingInSteps(text, budget));
}

/** The same with a pause after each misreading. */
export function* fixEncodingInSteps(text: string, budget: RepairBudget): Generator<'', string> {
  for (let current = text; ; yield '') {
    const fixed = fixOneReading(current, budget);
    if (fixed === current) return current;
    budget.spend(fixed.length);
    current = fixed;
  }
}

function fixOneReading(text: string, budget: RepairBudget): string {
  if (!looksMisread(text)) return text;
  const reread = rereadAsUtf8(text);
  if (reread !== undefined) return reread;
  const patched = text.replace(MISREAD_RUN, (run) => {
    // The whole text was tried before; a run of that length would recurse forever.
    return run.length < text.length && looksMisread(run) ? fixEncoding(run, budget) : run;
  });
  return patched !== text ? patched : readC1AsWindows1252(text);
}

/** The UTF-8 that `text` is a misreading of, in the first encoding for which its bytes are UTF-8. */
function rereadAsUtf8(text: string): string | undefined {
  for (const page of CODE_PAGES) {
    let bytes = encodeIn(page, text);
    if (bytes === undefined) continue;
    // In MacRoman an en dash before a blank would pass for a sequence.
    if (page.name !== 'macroman') bytes = restoreNoBreakSpaces(bytes);
    if (page.lossy) bytes = replaceLossySequences(bytes);
    const decoded = decodeUtf8(bytes);
    if (decoded !== undefined) return decoded;
  }
  return undefined;
}
