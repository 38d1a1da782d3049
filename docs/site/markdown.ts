/** Text for VitePress, where `<` starts a tag and `{{` an expression. */
export function escaped(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('{{', '&#123;&#123;')
    .replaceAll(/(?<!\*)\*(\w+)\*(?!\*)/g, '_$1_') // emphasis in a doc comment
    .replaceAll(/([*|]|(?<=\w)_(?=\w))/g, '\\$1');
}

/** The same, where what stands between backticks stays as it is. */
export function escapedAroundCode(text: string): string {
  return text
    .split(/(`[^`]*`)/)
    .map((part, i) => (i % 2 === 1 ? part.replaceAll('|', '\\|') : escaped(part)))
    .join('');
}

export function code(text: string): string {
  return text === '' ? '' : `\`${text.replaceAll('|', '\\|')}\``;
}

/** A table, of cells that are Markdown. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell) => cell.replaceAll(/\s*\n\s*/g, ' ')).join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}
