import { fixText } from './fix-text.ts';
import { unescapeHtml } from './html-entities.ts';
import { PYTHON_SPACE } from './white-space.ts';

const RUN = new RegExp(`${PYTHON_SPACE}+`, 'g');

/**
 * Cleans a caption as open_clip does before it tokenizes (its `whitespace` cleaning, the default for Hugging Face
 * tokenizers): ftfy's `fix_text`, HTML references replaced twice, white space runs to single blanks, none at the
 * ends. The case stays. What of ftfy is left out: see `fixText`.
 */
export function cleanText(text: string): string {
  const unescaped = unescapeHtml(unescapeHtml(fixText(text)));
  return unescaped.replace(RUN, ' ').replace(/^ | $/g, '');
}
