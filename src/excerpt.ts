/** Characters of a value shown in a message. */
const SHOWN = 100;
/** Items of a list, or axes of a shape, shown in a message. */
const ITEMS = 8;
const DEPTH = 3;

/** A value from a file or a caller as messages show it: JSON, cut short, whatever its size and depth. */
export function excerpt(value: unknown): string {
  return value === undefined ? 'nothing' : cut(json(value, DEPTH), 2 * SHOWN);
}

/** A shape as messages show it: `[512, 768]`. */
export function shapeExcerpt(shape: readonly number[]): string {
  return `[${listed(shape.slice(0, ITEMS).map(String), shape.length).join(', ')}]`;
}

/** At most `length` characters: of a longer text the start and the number of characters left out. */
export function cut(text: string, length = SHOWN): string {
  if (text.length <= length) return text;
  return `${text.slice(0, length)}… (${(text.length - length).toLocaleString('en-US')} more characters)`;
}

/** The first ten of a list, a line each, and how many more there are. */
export function firstTen(lines: readonly string[]): string {
  const shown = lines.slice(0, 10).map((line) => `\n  ${cut(line, 240)}`);
  return `${shown.join('')}${lines.length > 10 ? `\n  and ${lines.length - 10} more` : ''}`;
}

/** A size of a file: `9,412 bytes`. */
export function byteCount(count: number): string {
  return `${count.toLocaleString('en-US')} bytes`;
}

function json(value: unknown, depth: number): string {
  if (typeof value === 'string') return JSON.stringify(cut(value));
  if (typeof value !== 'object' || value === null) return String(value);
  if (depth === 0) return Array.isArray(value) ? '[…]' : '{…}';
  if (Array.isArray(value)) {
    const items = value.slice(0, ITEMS).map((item) => json(item, depth - 1));
    return `[${listed(items, value.length).join(',')}]`;
  }
  const entries = Object.entries(value);
  const fields = entries.slice(0, ITEMS).map(([key, item]) => `${json(key, 1)}:${json(item, depth - 1)}`);
  return `{${listed(fields, entries.length).join(',')}}`;
}

function listed(items: readonly string[], count: number): string[] {
  const more = count - items.length;
  return more > 0 ? [...items, `… ${more.toLocaleString('en-US')} more`] : [...items];
}
