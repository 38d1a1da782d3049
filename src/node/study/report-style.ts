import { FONT, themeDeclarations } from '../../plots/theme.ts';

/** The report's style sheet: one column on a phone, pictures side by side on a wide screen. */
export const REPORT_STYLE = `
:root{color-scheme:light dark;${themeDeclarations('light')};--page:#f4f6f8}
@media (prefers-color-scheme:dark){:root{${themeDeclarations('dark')};--page:#0e1115}}
*{box-sizing:border-box}
body{margin:0;background:var(--page);color:var(--plot-ink);font:16px/1.5 ${FONT}}
main{max-width:1200px;margin:0 auto;padding:16px 14px 48px}
h1{font-size:1.55rem;line-height:1.2;margin:.4em 0;overflow-wrap:anywhere}
h2{font-size:1.15rem;line-height:1.3;margin:0 0 .3em}
section{background:var(--plot-paper);border:1px solid var(--plot-rule);border-radius:10px;padding:16px 16px 10px;margin:14px 0}
p{margin:.3em 0 .8em;max-width:72ch}
.verdict{font-weight:600}
.muted{color:var(--plot-muted);font-size:.9rem}
.warning{border:2px solid var(--plot-text);border-radius:10px;padding:10px 14px;font-weight:600}
.figures{display:grid;gap:8px;grid-template-columns:repeat(auto-fit,minmax(min(100%,420px),1fr))}
figure{margin:0}
figcaption{font-size:.9rem;color:var(--plot-muted);margin:.3em 0 .8em}figcaption b{color:var(--plot-ink)}
figure svg{display:block;width:100%;height:auto}
a{color:var(--plot-image)}
figcaption .links{white-space:nowrap}dd.links a{margin-right:.7em;white-space:nowrap}
.hint{display:none;color:var(--plot-muted);font-size:.85rem;margin:0 0 .3em}
.scroll{overflow-x:auto}.cut{border-right:1px solid var(--plot-rule)}
.copy{margin:0 0 1em}.copy button{font:inherit;color:inherit;background:var(--page);border:1px solid var(--plot-rule);border-radius:6px;padding:4px 12px;cursor:pointer}
pre{white-space:pre-wrap;overflow-wrap:anywhere;user-select:all;background:var(--page);border-radius:6px;padding:10px 12px;margin:.5em 0;font-size:.86rem}
#methods-text{font-family:inherit}
@media (min-width:900px){.beside{display:grid;grid-template-columns:minmax(0,5fr) minmax(0,6fr);gap:28px;align-items:start}}
table{border-collapse:collapse;font-size:.86rem;font-variant-numeric:tabular-nums}
th,td{text-align:left;padding:4px 10px 4px 0;border-bottom:1px solid var(--plot-rule);vertical-align:middle}
td.text{min-width:11em}
td.number,th.number{text-align:right;white-space:nowrap}
td img{display:block;width:44px;height:44px;object-fit:cover;border-radius:4px}
summary{cursor:pointer;font-weight:600;padding:4px 0 8px}
dl{display:grid;grid-template-columns:max-content 1fr;gap:2px 14px;margin:0 0 .8em;font-size:.9rem}
dt{color:var(--plot-muted)}dd{margin:0;overflow-wrap:anywhere}
@media (max-width:600px){.hint{display:block}main{padding:8px 8px 32px}section{padding:12px 8px 6px}}
@media print{body{background:none}main{max-width:none;padding:0}section{border:none;padding:0}figure,tr{break-inside:avoid}h2,summary{break-after:avoid}.copy button,.hint{display:none}.scroll{overflow:visible;border:none}
[id$=-question]{break-inside:avoid}.figures:has(figure+figure){grid-template-columns:1fr 1fr}.beside{display:grid;grid-template-columns:1fr 1fr;gap:20px;align-items:start}}
`;

/**
 * Copies without asking for a permission: where the clipboard is out of reach, as in a file opened from disk, the text is
 * selected for the reader to copy. The hint to scroll shows only where a table is wider than its place.
 */
export const REPORT_SCRIPT = `
for (const button of document.querySelectorAll('[data-copy]')) button.onclick = async () => {
  const text = document.getElementById(button.dataset.copy), name = button.textContent;
  getSelection().selectAllChildren(text);
  try { await navigator.clipboard.writeText(text.textContent); button.textContent = 'Copied' }
  catch { button.textContent = document.execCommand('copy') ? 'Copied' : 'Selected: press Ctrl or Cmd and C' }
  setTimeout(() => { button.textContent = name }, 2500);
};
const hints = () => { for (const box of document.querySelectorAll('.scroll')) {
  const cut = box.scrollWidth > box.clientWidth + 1;
  box.classList.toggle('cut', cut);
  box.previousElementSibling.style.display = cut ? 'block' : 'none';
} };
addEventListener('resize', hints); addEventListener('toggle', hints, true); hints();
addEventListener('beforeprint', () => { for (const details of document.querySelectorAll('details')) details.open = true });
`;
