import type { HeldOutReport } from '../../closing-data.ts';
import { pValueText } from '../../metrics/gap/estimate.ts';
import { measuredStatistics } from '../../metrics/gap/table.ts';
import type { Figure } from '../../plots/chart.ts';
import { number } from '../../plots/number.ts';
import { heldOutText, methodText, titleOf } from '../cli/closing-text.ts';
import { EMBEDDING_FILES } from '../embedding-files.ts';
import { cautionOfRows } from '../provenance.ts';
import { FIGURES, studyFigureFiles } from './figure-files.ts';
import type { Figures } from './figures.ts';
import { escapeHtml, htmlPage, prose, scrolling, sentence, three } from './html.ts';
import { MATRIX_PAIRS, type Measures } from './measure.ts';
import { type MethodsText, methodsText } from './methods-text.ts';
import { type Answer, answerQuestions } from './questions.ts';
import { REPORT_SCRIPT, REPORT_STYLE } from './report-style.ts';
import type { Study } from './write-study.ts';

export interface ReportInput extends Study {
  readonly figures: Figures;
  /** Pictures of images as data URIs, by the index of the pair. */
  readonly thumbnails: ReadonlyMap<number, string>;
  /** The tables that were written, by file name. */
  readonly tables: ReadonlyMap<string, string>;
  /** Indices of the pairs in the table. */
  readonly listed: readonly number[];
}

/** The pictures below each answer. */
const PICTURES: Readonly<Record<Answer['id'], readonly (keyof Figures)[]>> = {
  nearest: ['distances'],
  quadrants: ['heatmap', 'cosines'],
  tsne: ['tsne'],
  gap: [],
  aligned: [],
  closing: ['closing-front', 'closing-temperature', 'tsne', 'tsne-closed'],
};

/** The report as one self-contained HTML file: questions, answers in words and numbers, and pictures. */
export function reportHtml(input: ReportInput): string {
  const { source, set, measures } = input;
  const caution = cautionOfRows(set.manifest);
  const title = `Images and captions: ${measures.gap.pairs.toLocaleString('en')} pairs of ${source}`;
  const body = `${caution === undefined ? '' : `<p class="warning" role="alert">${escapeHtml(sentence(caution))}</p>`}
${facts(input)}
${answerQuestions(measures)
  .map((answer) => section(answer, input))
  .join('\n')}
${pairsTable(input)}
${statisticsTable(measures)}
${methodsBlock(input)}
${filesBlock(input)}`;
  return htmlPage(title, body, { style: REPORT_STYLE, script: REPORT_SCRIPT });
}

function facts({ provenance, set: { manifest }, measures }: ReportInput): string {
  const { gap, sample, tsne } = measures;
  const { version, date, command, seed, adapter, driver, model, inputs } = provenance;
  const revision = model?.revision ? `, revision ${model.revision}` : '';
  const rows: [string, string][] = [
    ['made by', `${provenance.package} ${version}, ${date}`],
    ['command', command],
    ['model', `${model?.name}, ${manifest.dtype}${revision}`],
    [
      'checkpoint',
      manifest.fingerprint ? `SHA-256 ${manifest.fingerprint}` : 'unknown: embedded by an earlier version',
    ],
    ['embedded on', manifest.adapter],
    ['measured on', `${adapter}, driver ${driver}`],
    ['seed', String(seed)],
    ...Object.entries(inputs).map(([what, sha256]): [string, string] => [what, `SHA-256 ${sha256}`]),
    ...(manifest.closing ? [['closed by', methodText(manifest.closing)] as [string, string]] : []),
    ['embeddings', `${gap.pairs.toLocaleString('en')} pairs, ${gap.dim} dimensions`],
    [
      't-SNE',
      `${tsne.method === 'exact' ? 'exact' : 'Barnes-Hut'}, ${tsne.iterations.toLocaleString('en')} iterations`,
    ],
  ];
  if (gap.resamples > 0) {
    const fewer = gap.distributionGap.resamples;
    const spectral = fewer < gap.resamples ? ` (${fewer} for the shapes)` : '';
    rows.push([
      'intervals',
      `95 %, from ${gap.resamples.toLocaleString('en')} bootstrap resamples${spectral}; ${gap.permutations.toLocaleString('en')} random pairings`,
    ]);
  }
  if (sample.length < gap.pairs) {
    const [some, all] = [sample.length.toLocaleString('en'), gap.pairs.toLocaleString('en')];
    rows.push([
      'sampled',
      `the heatmap and the histograms show ${some} of ${all} pairs, evenly sampled; the numbers in the text are of all pairs`,
    ]);
  }
  if (manifest.skipped.length > 0)
    rows.push([
      'left out',
      `${manifest.skipped.length} ${manifest.skipped.length === 1 ? 'pair, because its image' : 'pairs, because their images'} could not be read`,
    ]);
  if (manifest.truncated)
    rows.push(['shortened', `${manifest.truncated} captions, which were longer than the model’s context`]);
  const short = `${provenance.package} ${version}, model ${model?.name}, ${date.slice(0, 10)}`;
  return `<details class="facts"><summary>Where these numbers come from: ${escapeHtml(short)}</summary><dl>${rows.map(([name, value]) => `<dt>${escapeHtml(name)}</dt><dd>${escapeHtml(value)}</dd>`).join('')}</dl></details>`;
}

function section(
  { id, question, verdict, text }: Answer,
  { figures, measures: { closing } }: ReportInput,
): string {
  const pictures = PICTURES[id].flatMap((name) => {
    const figure = figures[name];
    if (!figure) return [];
    const again = id === 'closing' && name === 'tsne'; // beside the closed one, for comparison
    return [figureBlock(name, figure, again ? 'tsne-before' : name)];
  });
  const layout = pictures.length === 1 ? ' class="beside"' : '';
  return `<section id="${id}-question"${layout}><div>
<h2>${escapeHtml(question)}</h2>
<p><span class="verdict">${prose(verdict)}.</span> ${prose(text)}</p>
${id === 'closing' && closing?.report.heldOut ? heldOutTable(closing.report.heldOut) : ''}
</div>
${pictures.length > 0 ? `<div class="figures">${pictures.join('\n')}</div>` : ''}
</section>`;
}

/** A picture, with its title and what is drawn as the caption, and links to its files. */
function figureBlock(name: keyof Figures, { svg, title, subtitle }: Figure, id: string): string {
  const links = studyFigureFiles(name)
    .filter(({ theme }) => theme !== 'dark')
    .map(({ file, format }) => `<a href="${FIGURES}/${file}">${format}</a>`);
  return `<figure id="${id}">${svg}<figcaption><b>${prose(title)}.</b> ${prose(subtitle)} <span class="links">${links.join(' · ')}</span></figcaption></figure>`;
}

function methodsBlock(study: Study): string {
  return `<section id="methods">${copyBlocks(methodsText(study), 'study')}</section>`;
}

/** The methods text and its references, each with a button that copies it. */
export function copyBlocks({ text, bibtex }: MethodsText, what: 'study' | 'comparison'): string {
  return `<details><summary>Methods text and citations, to copy</summary>
<p class="muted">What this ${what} did, with its own numbers. Check that it says what you want to say.</p>
<div class="copy"><button type="button" data-copy="methods-text">Copy methods text</button><pre id="methods-text">${escapeHtml(text)}</pre></div>
<div class="copy"><button type="button" data-copy="methods-bibtex">Copy BibTeX</button><pre id="methods-bibtex">${escapeHtml(bibtex)}</pre></div>
</details>`;
}

/** Links to everything that the study has written beside the report. */
function filesBlock({ figures, tables, measures }: ReportInput): string {
  const link = (file: string, text = file) => `<a href="${file}">${text}</a>`;
  const pictures = (Object.keys(figures) as (keyof Figures)[]).map((name) => {
    const files = studyFigureFiles(name).map(({ file, format, theme }) =>
      link(`${FIGURES}/${file}`, `${format}${theme === 'dark' ? ' (dark)' : ''}`),
    );
    return `<dt>${name}</dt><dd class="links">${files.join(' ')}</dd>`;
  });
  const numbers = [
    ...[...tables.keys(), 'study.json', ...EMBEDDING_FILES],
    ...(measures.closing?.bytes ? ['closing.safetensors'] : []),
  ];
  return `<section id="files"><h2>Files</h2><dl>
<dt>numbers</dt><dd class="links">${numbers.map((file) => link(file)).join(' ')}</dd>
${pictures.join('\n')}
</dl></section>`;
}

function pairsTable({ set: { pairs }, measures, thumbnails, listed }: ReportInput): string {
  const { imageToText } = measures;
  const rows = listed.map((i) => {
    const [pair, nearest] = [pairs[i], pairs[imageToText.nearest[i] ?? i]];
    const picture = thumbnails.get(i);
    return `<tr><td>${picture ? `<img src="${picture}" alt="">` : ''}</td><td class="text">${escapeHtml(pair?.caption ?? '')}</td>${[
      number(imageToText.own[i] ?? Number.NaN, 3),
      String(imageToText.rank[i]),
    ]
      .map((text) => `<td class="number">${text}</td>`)
      .join(
        '',
      )}<td class="text">${imageToText.rank[i] === 1 ? '' : escapeHtml(nearest?.caption ?? '')}</td></tr>`;
  });
  const title =
    listed.length === pairs.length
      ? 'The pairs'
      : `The ${listed.length} pairs that are furthest apart, of ${pairs.length.toLocaleString('en')}`;
  return `<section id="pairs"><details open><summary>${title}</summary>${scrolling(
    'Pairs',
    `
<thead><tr><td></td><th>caption</th><th class="number">distance</th><th class="number">rank</th><th>nearest caption, if it is another</th></tr></thead>
${rows.join('\n')}
`,
  )}<p class="muted">Rank 1 means that no other caption is nearer to the image than its own. All pairs are in <a href="pairs.csv">pairs.csv</a>${
    pairs.length <= MATRIX_PAIRS ? ', all distances in <a href="distances.csv">distances.csv</a>' : ''
  }.</p></details></section>`;
}

function statisticsTable({ gap }: Measures): string {
  const rows = measuredStatistics(gap).map(({ title, remark, estimate: { value, low, high, ...rest } }) => {
    const random = 'baseline' in rest ? rest.baseline : undefined;
    const cells = [
      three(value),
      Number.isFinite(low) ? `${three(low)} to ${three(high)}` : '',
      random && Number.isFinite(random.mean) ? three(random.mean) : '',
      random && Number.isFinite(random.pValue)
        ? pValueText(random).replace(/^= /, '').replace('<=', '≤')
        : '',
    ];
    return `<tr><td>${escapeHtml(title)}${remark ? `<br><span class="muted">${escapeHtml(remark)}</span>` : ''}</td>${cells.map((text) => `<td class="number">${text}</td>`).join('')}</tr>`;
  });
  return `<section id="statistics"><details><summary>All statistics of the gap</summary>${scrolling(
    'Statistics',
    `
<thead><tr><th>statistic</th><th class="number">value</th><th class="number">95 % interval</th><th class="number">by chance</th><th class="number">p</th></tr></thead>
${rows.join('\n')}
`,
  )}<p class="muted">The formulas and their sources are in the documentation of <code>GAP_STATISTICS</code>; the numbers are in <a href="gap.csv">gap.csv</a>.</p></details></section>`;
}

function heldOutTable(heldOut: HeldOutReport): string {
  const rows = heldOut.measures.map(({ name, before, after, difference, low, high, floor }) => {
    const cells = [
      ...[three(before), three(after), three(difference)],
      Number.isFinite(low) ? `${three(low)} to ${three(high)}` : '',
      floor === undefined ? '' : three(floor),
    ];
    return `<tr><td>${escapeHtml(titleOf(name))}</td>${cells.map((text) => `<td class="number">${text}</td>`).join('')}</tr>`;
  });
  return `<details><summary>Held out: ${escapeHtml(heldOutText(heldOut))}</summary>${scrolling(
    'Held-out measures',
    `
<thead><tr><th>measure</th><th class="number">before</th><th class="number">after</th><th class="number">change</th><th class="number">95 % interval</th><th class="number">by chance</th></tr></thead>
${rows.join('\n')}
`,
  )}</details>`;
}
