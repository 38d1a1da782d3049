import { createHash } from 'node:crypto';
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

/** Nothing but the page's own script runs, and nothing is fetched, whatever captions and file names hold. */
function policyFor(script: string | undefined): string {
  const digest = createHash('sha256')
    .update(script ?? '')
    .digest('base64');
  const scripts = script === undefined ? "'none'" : `'sha256-${digest}'`;
  return `default-src 'none'; script-src ${scripts}; style-src 'unsafe-inline'; img-src data:; font-src data:; base-uri 'none'; form-action 'none'`;
}

/** A page of its own, without other files. The body is HTML, under the title as its heading. */
export function htmlPage(
  title: string,
  body: string,
  { style, script }: { readonly style: string; readonly script?: string },
): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policyFor(script)}">
<meta name="viewport" content="width=device-width,initial-scale=1">
<title>${escapeHtml(title)}</title>
<style>${style}</style>
</head>
<body>
<main>
<h1>${escapeHtml(title)}</h1>
${body}
</main>
${script === undefined ? '' : `<script>${script}</script>\n`}</body>
</html>
`;
}
