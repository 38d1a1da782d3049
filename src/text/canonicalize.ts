/** How open_clip cleans texts for a tokenizer of Hugging Face, after ftfy and HTML: by default white space alone. */
export type Cleaning = 'whitespace' | 'lower' | 'canonicalize';

const PUNCTUATION = /[!-/:-@[-^`{-~]/g; // Python's string.punctuation but "_"

/** A text whose white space is clean, as open_clip's `clean` of that name leaves it. */
export function cleanedAs(text: string, cleaning: Cleaning): string {
  if (cleaning === 'whitespace') return text;
  if (cleaning === 'lower') return text.toLowerCase();
  return canonicalize(text);
}

/** big_vision's and open_clip's `canonicalize_text`: ASCII punctuation off, underscores to blanks, lower case. */
function canonicalize(text: string): string {
  const words = text.replaceAll('_', ' ').replace(PUNCTUATION, '').toLowerCase();
  return words.replace(/ +/g, ' ').replace(/^ | $/g, '');
}
