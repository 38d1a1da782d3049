import type { HeldOutReport } from '../../closing-data.ts';
import { pValueText } from '../../metrics/gap/estimate.ts';
import { number } from '../../plots/number.ts';
import { heldOutText, methodText, titleOf } from '../cli/closing-text.ts';
import { measuredStatistics } from '../cli/gap-text.ts';
import { UNTRAINED } from '../cli/with-model.ts';
import type { Figures } from './figures.ts';
import { MATRIX_PAIRS, type Measures } from './measure.ts';
import { type Answer, answerQuestions } from './questions.ts';
import { REPORT_STYLE } from './report-style.ts';
import type { Study } from './write-study.ts';

export interface ReportInput extends Study {
  readonly figures: Figures;
  /** Pictures of images as data URIs, by the index of the pair. */
  readonly thumbnails: ReadonlyMap<number, string>;
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
  const title = `Images and captions: ${measures.gap.pairs.toLocaleString('en')} pairs of ${source}`;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width,initial-scale=1">
<title>${escapeHtml(title)}</title>
<style>${REPORT_STYLE}</style>
</head>
<body>
<main>
<h1>${escapeHtml(title)}</h1>
${set.manifest.untrained ? `<p class="warning" role="alert">${escapeHtml(sentence(UNTRAINED))}</p>` : ''}
${facts(input)}
${answerQuestions(measures)
  .map((answer) => section(answer, input))
  .join('\n')}
${pairsTable(input)}
${statisticsTable(measures)}
</main>
</body>
</html>
`;
}

function facts({ set: { manifest }, measures }: ReportInput): string {
  const { gap, sample, tsne } = measures;
  const rows: [string, string][] = [
    ['model', `${manifest.model}, ${manifest.dtype}`],
    [
      'checkpoint',
      manifest.fingerprint ? `SHA-256 ${manifest.fingerprint}` : 'not known: embedded by an earlier version',
    ],
    ['embedded on', manifest.adapter],
    ...(manifest.closing ? [['closed by', methodText(manifest.closing)] as [string, string]] : []),
    ['embeddings', `${gap.pairs.toLocaleString('en')} pairs, ${gap.dim} dimensions`],
    ['t-SNE', `${tsne.method === 'exact' ? 'exact' : 'Barnes-Hut'}, ${tsne.iterations} iterations`],
  ];
  if (gap.resamples > 0) {
    const fewer = gap.distributionGap.resamples;
    const spectral = fewer < gap.resamples ? ` (the shapes’: ${fewer})` : '';
    rows.push([
      'intervals',
      `95 %, from ${gap.resamples} bootstrap resamples${spectral}; ${gap.permutations} random pairings`,
    ]);
  }
  if (sample.length < gap.pairs) {
    const [some, all] = [sample.length.toLocaleString('en'), gap.pairs.toLocaleString('en')];
    rows.push([
      'sampled',
      `heatmap and histograms are of ${some} of ${all} pairs, evenly sampled; numbers in the text are of all`,
    ]);
  }
  if (manifest.skipped.length > 0)
    rows.push(['left out', `${manifest.skipped.length} pairs whose image could not be read`]);
  if (manifest.truncated)
    rows.push(['cut', `${manifest.truncated} captions longer than the model’s context`]);
  return `<dl>${rows.map(([name, value]) => `<dt>${escapeHtml(name)}</dt><dd>${escapeHtml(value)}</dd>`).join('')}</dl>`;
}

function section(
  { id, question, verdict, text }: Answer,
  { figures, measures: { closing } }: ReportInput,
): string {
  const pictures = PICTURES[id].flatMap((name) => {
    const figure = figures[name];
    if (!figure) return [];
    const again = id === 'closing' && name === 'tsne'; // beside the closed one, for comparison
    return [`<figure id="${again ? 'tsne-before' : name}">${figure.svg}</figure>`];
  });
  return `<section id="${id}-question">
<h2>${escapeHtml(question)}</h2>
<p><span class="verdict">${escapeHtml(verdict)}.</span> ${escapeHtml(text)}</p>
${id === 'closing' && closing?.report.heldOut ? heldOutTable(closing.report.heldOut) : ''}
${pictures.length > 0 ? `<div class="figures">${pictures.join('\n')}</div>` : ''}
</section>`;
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
      : `The ${listed.length} pairs that lie furthest apart, of ${pairs.length.toLocaleString('en')}`;
  return `<section id="pairs"><details open><summary>${title}</summary><div class="scroll"><table>
<tr><th></th><th>caption</th><th class="number">distance</th><th class="number">rank</th><th>nearer caption, if there is one</th></tr>
${rows.join('\n')}
</table></div><p class="muted">Rank: 1 where no caption is nearer to the image than its own. All pairs are in pairs.csv${
    pairs.length <= MATRIX_PAIRS ? ', all distances in distances.csv' : ''
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
  return `<section id="statistics"><details><summary>All statistics of the gap</summary><div class="scroll"><table>
<tr><th>statistic</th><th class="number">value</th><th class="number">95 % interval</th><th class="number">by chance</th><th class="number">p</th></tr>
${rows.join('\n')}
</table></div></details></section>`;
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
  return `<details><summary>Held out: ${escapeHtml(heldOutText(heldOut))}</summary><div class="scroll"><table>
<tr><th>measure</th><th class="number">before</th><th class="number">after</th><th class="number">change</th><th class="number">95 % interval</th><th class="number">by chance</th></tr>
${rows.join('\n')}
</table></div></details>`;
}

function three(value: number): string {
  return Number.isFinite(value) ? number(value, 3) : '–';
}

function sentence(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
}

function escapeHtml(text: string): string {
  return text.replace(
    /[&<>"]/g,
    (letter) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' })[letter] ?? '',
  );
}
