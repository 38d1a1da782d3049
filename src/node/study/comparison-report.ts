import type { GapDifference, ModelDifferences } from '../../metrics/gap/compare.ts';
import type { Estimate } from '../../metrics/gap/estimate.ts';
import type { Figure } from '../../plots/chart.ts';
import { agreementRows, comparedStatistics, differs, statisticOf } from '../cli/comparison-text.ts';
import { cautionOfRows } from '../provenance.ts';
import type { ComparedStudies, NamedStudy } from './compared-studies.ts';
import { FIGURES, studyFigureFiles } from './figure-files.ts';
import { escapeHtml, htmlPage, prose, scrolling, sentence, three } from './html.ts';
import { comparedMethodsText } from './methods-text.ts';
import { copyBlocks } from './report.ts';
import { REPORT_SCRIPT, REPORT_STYLE } from './report-style.ts';

export interface ComparisonReport extends ComparedStudies {
  readonly figures: Readonly<Record<'tsne' | 'heatmap', Figure>>;
  /** Names of the tables' files. */
  readonly tables: readonly string[];
}

/** The comparison as one self-contained HTML file. */
export function comparisonHtml(input: ComparisonReport): string {
  const { studies, comparison } = input;
  const names = studies.map(({ name }) => name).join(', ');
  const title = `Images and captions: ${comparison.pairs.toLocaleString('en')} pairs, ${studies.length} models (${names})`;
  const body = `${studies.map(warningOf).join('')}
${facts(input)}
${statistics(input)}
${comparison.differences.map(differenceSection).join('\n')}
${agreement(input)}
${grid('maps', 'Do images and texts mix in a map?', 'tsne', input)}
${grid('heatmaps', 'Which cosines are high?', 'heatmap', input)}
${methods(input)}
${files(input)}`;
  return htmlPage(title, body, { style: REPORT_STYLE, script: REPORT_SCRIPT });
}

function warningOf({ name, study: { set } }: NamedStudy): string {
  const caution = cautionOfRows(set.manifest);
  return caution ? `<p class="warning" role="alert">${escapeHtml(`${name}: ${sentence(caution)}`)}</p>` : '';
}

function facts({ provenance, studies, comparison }: ComparisonReport): string {
  const { version, date, command, seed, adapter, driver, inputs } = provenance;
  const rows: [string, string][] = [
    ['made by', `${provenance.package} ${version}, ${date}`],
    ['command', command],
    ['measured on', `${adapter}, driver ${driver}`],
    ['seed', String(seed)],
    ...Object.entries(inputs).map(([what, sha256]): [string, string] => [what, `SHA-256 ${sha256}`]),
    ...studies.map(({ name, study }): [string, string] => [name, modelFacts(study)]),
  ];
  if (comparison.resamples > 0) {
    const drawn = comparison.items < comparison.pairs ? `${comparison.items} items` : 'the pairs';
    rows.push([
      'intervals',
      `95 %, from ${comparison.resamples} bootstrap resamples of ${drawn}, the same for all models`,
    ]);
  }
  return `<details class="facts"><summary>Where these numbers come from</summary><dl>${rows.map(([name, value]) => `<dt>${escapeHtml(name)}</dt><dd>${escapeHtml(value)}</dd>`).join('')}</dl></details>`;
}

function modelFacts({
  provenance: { model },
  set: { manifest },
  measures: { gap },
}: NamedStudy['study']): string {
  const revision = model?.revision ? `, revision ${model.revision}` : '';
  const checkpoint = manifest.fingerprint ? `SHA-256 ${manifest.fingerprint}` : 'checkpoint unknown';
  return `${model?.name}, ${manifest.dtype}${revision}, ${gap.dim} dimensions, embedded on ${manifest.adapter}; ${checkpoint}`;
}

function statistics({ comparison }: ComparisonReport): string {
  const rows = comparedStatistics(comparison).map(({ title, estimates }) => [
    title,
    ...estimates.map((estimate) => (estimate ? withInterval(estimate) : '–')),
  ]);
  return `<section id="statistics"><h2>The statistics side by side</h2>${table(
    'Statistics of each model',
    ['statistic', ...comparison.models.map(({ name }) => name)],
    rows,
  )}<p class="muted">Each with its 95 % interval. Intervals of two models that overlap may still differ: see the differences, which are paired.</p></section>`;
}

/** What the section tells of before its table. */
const TOLD = [
  'centroidDistance',
  'distributionGap',
  'relativeGap',
  'modalityPurity',
  'retrieval.imageToText.recallAt1',
];

function differenceSection({ models: [first, second], statistics }: ModelDifferences, i: number): string {
  const clear = statistics.filter(differs);
  const told = statistics
    .filter(({ name }) => TOLD.includes(name))
    .map((of) => differenceSentence(of, second));
  const rows = statistics.map((of) => [
    statisticOf(of).title,
    ...[three(of.first), three(of.second), withInterval({ ...of, value: of.difference })],
    differs(of) ? 'differs' : '',
  ]);
  const name = `${second} compared with ${first}`;
  return `<section id="difference-${i + 1}"><h2>${escapeHtml(name)}</h2>
<p><span class="verdict">${clear.length} of ${statistics.length} statistics differ.</span> ${prose(told.join(' '))}</p>
<details><summary>All differences</summary>${table(name, ['statistic', first, second, 'difference', ''], rows)}
<p class="muted">Difference: ${escapeHtml(second)} less ${escapeHtml(first)}, by the paired bootstrap; it differs where the 95 % interval leaves 0 out. Each interval is of one statistic alone, with no correction for how many there are.</p></details></section>`;
}

function differenceSentence(of: GapDifference, second: string): string {
  const title = statisticOf(of).title.replace(/ \(.*\)$/, '');
  const change = `${three(of.first)} to ${three(of.second)}, difference ${withInterval({ ...of, value: of.difference })}`;
  if (!Number.isFinite(of.low)) return sentence(`${title}: ${change}`);
  const verdict = differs(of) ? (of.difference > 0 ? 'larger' : 'smaller') : 'no difference shown';
  return sentence(`${title}: ${verdict}${differs(of) ? ` in ${second}` : ''} (${change})`);
}

function agreement({ comparison }: ComparisonReport): string {
  const rows = agreementRows(comparison).map(({ title, estimate }) => [title, withInterval(estimate)]);
  return `<section id="agreement"><h2>Do the models see the pairs alike?</h2>
<p>By linear CKA: 1 if the images (or texts) lie among each other in one model as they do in the other, whatever the axes; debiased, unrelated models have about 0. Plain CKA is large by chance where pairs are few.</p>${table(
    'CKA between models',
    ['', 'CKA'],
    rows,
  )}</section>`;
}

function grid(
  id: string,
  question: string,
  kind: 'tsne' | 'heatmap',
  { studies, figures }: ComparisonReport,
): string {
  const links = studyFigureFiles(kind)
    .filter(({ theme }) => theme !== 'dark')
    .map(({ file, format }) => `<a href="${FIGURES}/${file}">${format}</a>`);
  const cells = studies.map(({ name, folder, figures: own }) => {
    const { svg, title, subtitle } = own[kind];
    const link = `<a href="${encodeURI(folder)}/report.html">its report</a>`;
    return `<figure>${svg}<figcaption><b>${escapeHtml(name)}: ${prose(title)}.</b> ${prose(subtitle)} ${link}</figcaption></figure>`;
  });
  return `<section id="${id}"><h2>${question}</h2><div class="figures">${cells.join('\n')}</div><p class="muted">${escapeHtml(figures[kind].title)}, as one figure: <span class="links">${links.join(' · ')}</span></p></section>`;
}

function methods(input: ComparisonReport): string {
  return `<section id="methods">${copyBlocks(comparedMethodsText(input), 'comparison')}</section>`;
}

function files({ studies, tables, figures }: ComparisonReport): string {
  const link = (file: string, text = file) => `<a href="${encodeURI(file)}">${escapeHtml(text)}</a>`;
  const pictures = Object.keys(figures).map((name) => {
    const all = studyFigureFiles(name).map(({ file, format, theme }) =>
      link(`${FIGURES}/${file}`, `${format}${theme === 'dark' ? ' (dark)' : ''}`),
    );
    return `<dt>${name}</dt><dd class="links">${all.join(' ')}</dd>`;
  });
  const reports = studies.map(({ name, folder }) => link(`${folder}/report.html`, name));
  return `<section id="files"><h2>Files</h2><dl>
<dt>numbers</dt><dd class="links">${[...tables, 'study.json'].map((file) => link(file)).join(' ')}</dd>
<dt>each model’s own report</dt><dd class="links">${reports.join(' ')}</dd>
${pictures.join('\n')}
</dl></section>`;
}

function table(name: string, header: readonly string[], rows: readonly (readonly string[])[]): string {
  const cells = (row: readonly string[], tag: 'td' | 'th') =>
    row.map((text, i) => `<${tag}${i > 0 ? ' class="number"' : ''}>${escapeHtml(text)}</${tag}>`).join('');
  return scrolling(
    escapeHtml(name),
    `<thead><tr>${cells(header, 'th')}</tr></thead>\n${rows.map((row) => `<tr>${cells(row, 'td')}</tr>`).join('\n')}`,
  );
}

function withInterval({ value, low, high }: Pick<Estimate, 'value' | 'low' | 'high'>): string {
  return Number.isFinite(low) ? `${three(value)} [${three(low)}, ${three(high)}]` : three(value);
}
