import { number } from '../../plots/number.ts';

/** A table that scrolls sideways where it is too wide, and says so. */
export function scrolling(name: string, table: string): string {
  return `<p class="hint" aria-hidden="true">Scroll sideways for more columns →</p><div class="scroll" role="region" aria-label="${name}" tabindex="0"><table>${table}</table></div>`;
}

export function three(value: number): string {
  return Number.isFinite(value) ? number(value, 3) : '–';
}

export function sentence(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
}

/** A number stays in the line of its percent sign. */
export function prose(text: string): string {
  return escapeHtml(text).replace(/(\d) %/g, '$1&nbsp;%');
}

export function escapeHtml(text: string): string {
  return text.replace(
    /[&<>"]/g,
    (letter) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' })[letter] ?? '',
  );
}
