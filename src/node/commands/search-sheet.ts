import type { DescribedRows } from '../embedded-rows.ts';
import { cautionOfRows, type Provenance, withHome } from '../provenance.ts';
import { escapeHtml, htmlPage, sentence } from '../study/html.ts';
import { REPORT_STYLE } from '../study/report-style.ts';
import { thumbnails } from '../study/thumbnails.ts';
import type { FoundRow, FoundRows } from './search-results.ts';

const SHEET_STYLE = `
.sheet{display:grid;gap:12px;grid-template-columns:repeat(auto-fill,minmax(150px,1fr));list-style:none;margin:0;padding:0}
.sheet li{overflow-wrap:anywhere;font-size:.86rem}
.sheet img,.sheet .none{display:grid;place-items:center;width:100%;aspect-ratio:1;object-fit:cover;border-radius:6px;background:var(--page);color:var(--plot-muted)}
`;

/** What was found as one self-contained page: a picture, the name, the cosine and the caption of each. */
export async function contactSheet(
  results: readonly FoundRows[],
  searched: DescribedRows & { readonly ids: readonly string[] },
  provenance: Provenance,
): Promise<string> {
  const pictures = await picturesOf(results, searched);
  const { manifest } = searched;
  const caution = cautionOfRows(manifest);
  const title = `Search in ${searched.ids.length.toLocaleString('en')} ${searched.kind}`;
  const facts = [
    `${provenance.package} ${provenance.version}, ${provenance.date}`,
    provenance.command,
    `model ${provenance.model?.name}, SHA-256 ${provenance.model?.fingerprint}`,
    `on ${provenance.adapter}, driver ${provenance.driver}`,
    ...Object.entries(provenance.inputs).map(([what, sha256]) => `${what}: SHA-256 ${sha256}`),
  ];
  const body = `${caution === undefined ? '' : `<p class="warning" role="alert">${escapeHtml(sentence(caution))}</p>`}
${results.map((found) => section(found, pictures)).join('\n')}
<p class="muted">${facts.map(escapeHtml).join('<br>')}</p>`;
  return htmlPage(title, body, { style: `${REPORT_STYLE}${SHEET_STYLE}` });
}

function section({ query, hits }: FoundRows, pictures: ReadonlyMap<number, string>): string {
  const items = hits.map((hit) => item(hit, pictures.get(hit.row)));
  return `<section>\n<h2>${escapeHtml(query)}</h2>\n<ol class="sheet">\n${items.join('\n')}\n</ol>\n</section>`;
}

function item({ id, cosine, caption, path }: FoundRow, picture: string | undefined): string {
  const missing = path === undefined ? '' : '<span class="none">no picture</span>';
  const image = picture ? `<img src="${picture}" alt="${escapeHtml(caption ?? id)}">` : missing;
  const text = caption === undefined ? '' : `<br>${escapeHtml(caption)}`;
  return `<li>${image}<b>${cosine.toFixed(4)}</b> ${escapeHtml(id)}${text}</li>`;
}

/** Of images, by their row; none of one that has changed since it was embedded. */
async function picturesOf(
  results: readonly FoundRows[],
  { kind, manifest }: DescribedRows,
): Promise<Map<number, string>> {
  if (kind === 'texts') return new Map();
  const rows = [...new Set(results.flatMap(({ hits }) => hits.map(({ row }) => row)))];
  const images = rows.flatMap((row) => manifest.images[row] ?? []);
  const pairs = images.map(({ id, path }) => ({ id, path: withHome(path), caption: '' }));
  const found = await thumbnails(pairs, images, [...rows.keys()], manifest.window);
  return new Map([...found].map(([i, picture]) => [rows[i] ?? 0, picture]));
}
