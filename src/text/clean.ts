import { fixedSegments } from './fix-text.ts';
import { unescapeHtml } from './html-entities.ts';
import { PYTHON_SPACE } from './white-space.ts';

const RUN = new RegExp(`${PYTHON_SPACE}+`, 'g');

/** Minimum length of a part, in characters. */
const PART = 65_536;

/**
 * Cleans a caption as open_clip does before it tokenizes (its `whitespace` cleaning, the default for Hugging Face
 * tokenizers): ftfy's `fix_text`, HTML references replaced twice, white space runs to single blanks, none at the
 * ends. The case stays. What of ftfy is left out: see `fixText`.
 * @throws {TextRepairError}
 */
export function cleanText(text: string): string {
  return [...cleanParts(text)].filter((part) => part !== '').join(' ');
}

/**
 * The cleaned text in parts to be joined by blanks, so that a caller who needs only the beginning can stop. A caption
 * is one part; a long text is split at white space, which no replacement spans. Empty parts are pauses.
 */
export function* cleanParts(text: string): Generator<string, void> {
  let waiting = '';
  for (const segment of fixedSegments(text)) {
    if (segment === '') yield '';
    waiting += segment;
    const space = Math.max(segment.lastIndexOf(' '), segment.lastIndexOf('\n'));
    if (space < 0 || waiting.length < PART) continue;
    const end = waiting.length - segment.length + space;
    yield withoutMarkup(waiting.slice(0, end));
    waiting = waiting.slice(end);
  }
  yield withoutMarkup(waiting);
}

function withoutMarkup(fixed: string): string {
  return unescapeHtml(unescapeHtml(fixed)).replace(RUN, ' ').replace(/^ | $/g, '');
}
