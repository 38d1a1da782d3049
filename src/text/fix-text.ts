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
import { unescapeCompleteReferences } from './html-entities.ts';
import { fixEncoding } from './mojibake.ts';

const STEPS: readonly ((text: string) => string)[] = [
  fixEncoding,
  readC1AsWindows1252,
  fixLatinLigatures,
  fixCharacterWidth,
  uncurlQuotes,
  fixLineBreaks,
  fixSurrogates,
  removeTerminalEscapes,
  removeControlCharacters,
  (text) => text.normalize('NFC'),
];

/**
 * ftfy 6.3.1's `fix_text` with its default options: HTML references, mojibake, ligatures, character widths, quotes,
 * line breaks, surrogates, terminal escapes, control characters, NFC.
 *
 * Left out, since a caption has no use for it: the options other than the defaults, the explanation of what was
 * changed, `fix_file`, `guess_bytes` and `decode_escapes`, and the cutting of lines longer than a million characters
 * into segments (a longer line is repaired as one).
 */
export function fixText(text: string): string {
  let mayUnescape = true;
  // Each line may have its own encoding. A "<" means HTML, whose references are wanted, from that line on.
  const lines = text.match(/[^\n]*\n|[^\n]+/g) ?? [];
  return lines
    .map((line) => {
      mayUnescape &&= !line.includes('<');
      return fixLine(line, mayUnescape);
    })
    .join('');
}

/** Repeats all steps until none changes anything: one repair may bare what another mends. */
function fixLine(line: string, mayUnescape: boolean): string {
  const steps = mayUnescape ? [unescapeCompleteReferences, ...STEPS] : STEPS;
  for (let current = line; ; ) {
    const fixed = steps.reduce((text, step) => step(text), current);
    if (fixed === current) return current;
    current = fixed;
  }
}
