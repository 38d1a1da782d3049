import type { Figure } from '../../plots/chart.ts';
import { confusionMatrix } from '../../plots/confusion-matrix.ts';
import { number } from '../../plots/number.ts';
import { reliabilityDiagram } from '../../plots/reliability-diagram.ts';
import { cautionOfRows } from '../provenance.ts';
import { escapeHtml, htmlPage, prose, scrolling, sentence } from '../study/html.ts';
import { REPORT_SCRIPT, REPORT_STYLE } from '../study/report-style.ts';
import {
  type Evaluation,
  type JudgedMethod,
  measureRows,
  percent,
  type RecipeResult,
  recipeLines,
  shown,
} from './evaluation.ts';

/** Prompts of a class that a page shows. */
const PROMPTS = 3;

/** The evaluation as one self-contained page: measures, the confusion matrix, the calibration and a table of classes. */
export function evaluationReport(evaluation: Evaluation): string {
  const { model, untrained, source, methods, recipe } = evaluation;
  const caution = cautionOfRows({ model, untrained });
  const body = `${caution === undefined ? '' : `<p class="warning" role="alert">${escapeHtml(sentence(caution))}</p>`}
${facts(evaluation)}
${recipe ? recipeSection(recipe, methods) : ''}
${methods.map(methodSection).join('\n')}
${promptsSection(evaluation)}`;
  return htmlPage(`Classes of ${source}`, body, { style: REPORT_STYLE, script: REPORT_SCRIPT });
}

function facts({ provenance, dtype, adapter, notes, parts }: Evaluation): string {
  const { package: name, version, date, command, model, inputs, seed } = provenance;
  const rows: [string, string][] = [
    ['made by', `${name} ${version}, ${date}`],
    ['command', command],
    ['model', `${model?.name}, ${dtype}`],
    ['checkpoint', model?.fingerprint ? `SHA-256 ${model.fingerprint}` : 'unknown'],
    ['on', adapter],
    ['seed', String(seed)],
    ...(parts
      ? [
          [
            'parts',
            Object.entries(parts)
              .map(([part, count]) => `${part} ${count}`)
              .join(', '),
          ] as [string, string],
        ]
      : []),
    ...Object.entries(inputs).map(([what, sha256]): [string, string] => [what, `SHA-256 ${sha256}`]),
    ...notes.map((note): [string, string] => ['note', note]),
  ];
  const list = rows
    .map(([what, value]) => `<dt>${escapeHtml(what)}</dt><dd>${escapeHtml(value)}</dd>`)
    .join('');
  return `<details class="facts"><summary>Where these numbers come from: ${escapeHtml(`${name} ${version}, model ${model?.name}, ${date.slice(0, 10)}`)}</summary><dl>${list}</dl></details>`;
}

function recipeSection(recipe: RecipeResult, methods: readonly JudgedMethod[]): string {
  const [first = '', ...lines] = recipeLines(recipe, methods);
  const items = lines.map((line) => `<li>${prose(line.trim().replace(/\s{2,}/, ': '))}</li>`).join('');
  const sources = recipe.recipe.source.map((source) => `<li>${escapeHtml(source)}</li>`).join('');
  return `<section><h2>${escapeHtml(first)}</h2><ul>${items}</ul>
<details><summary>Sources of the recipe</summary><ul>${sources}</ul></details></section>`;
}

function methodSection({ name, title, settings, report }: JudgedMethod): string {
  const rows = measureRows(report).map(
    ({ title: what, value, interval }) =>
      `<tr><th scope="row">${escapeHtml(what)}</th><td class="number">${value}</td><td class="number">${interval}</td></tr>`,
  );
  const labels = report.classes.map(({ label }) => String(label));
  const confusion = confusionMatrix({ classes: labels, counts: report.confusion, title: false });
  const reliability = reliabilityDiagram({
    bins: report.reliability,
    error: report.calibrationError.value,
    title: false,
  });
  const { drawn, resamples } = report;
  const intervals =
    resamples > 0
      ? ` 95 % intervals: ${resamples.toLocaleString('en')} bootstrap resamples of ${drawn.count.toLocaleString('en')} ${drawn.units}.`
      : '';
  return `<section id="${name}"><h2>${escapeHtml(title)}: ${report.items.toLocaleString('en')} images</h2>
<p>${prose(`${sentence(settings)}${intervals}`)}</p>
${scrolling(`${title}: measures`, `<thead><tr><th scope="col">measure</th><th scope="col" class="number">value</th><th scope="col" class="number">95 % interval</th></tr></thead><tbody>${rows.join('')}</tbody>`)}
<div class="figures">${figure('Confusion matrix', confusion)}${figure('Calibration', reliability)}</div>
<details open><summary>Each class against the rest</summary>${classTable({ title, report })}</details></section>`;
}

function figure(name: string, { svg, title, subtitle }: Figure): string {
  return `<figure>${svg}<figcaption><b>${escapeHtml(name)}. ${prose(title)}.</b> ${prose(subtitle)}</figcaption></figure>`;
}

const COLUMNS = ['precision', 'recall', 'f1', 'auroc'] as const;

function classTable({ title, report }: Pick<JudgedMethod, 'title' | 'report'>): string {
  const head = ['class', 'images', 'answers', 'precision', 'recall', 'F1', 'AUROC']
    .map((name, i) => `<th scope="col"${i === 0 ? '' : ' class="number"'}>${name}</th>`)
    .join('');
  const rows = report.classes.map((one) => {
    const cells = COLUMNS.map((name) => {
      const show = name === 'f1' || name === 'auroc' ? (value: number) => number(value, 3) : percent;
      const { value, interval } = shown(one[name], show);
      return `<td class="number">${value}${interval === '' ? '' : `<br><span class="muted">${interval}</span>`}</td>`;
    });
    const counts = [one.items, one.predicted].map(
      (count) => `<td class="number">${count.toLocaleString('en')}</td>`,
    );
    return `<tr><th scope="row">${escapeHtml(String(one.label))}</th>${counts.join('')}${cells.join('')}</tr>`;
  });
  return scrolling(`${title}: classes`, `<thead><tr>${head}</tr></thead><tbody>${rows.join('')}</tbody>`);
}

function promptsSection({ classes, templates }: Evaluation): string {
  const items = classes.map(({ label, prompts }) => {
    const shownPrompts = prompts.slice(0, PROMPTS).map((prompt) => `“${prompt}”`);
    const more = prompts.length > PROMPTS ? `, and ${prompts.length - PROMPTS} more` : '';
    return `<dt>${escapeHtml(label)}</dt><dd>${escapeHtml(`${shownPrompts.join(', ')}${more}`)}</dd>`;
  });
  const count = templates.length;
  const how =
    count === 0 ? 'Whole prompts, as they were given' : `${count} ${count === 1 ? 'template' : 'templates'}`;
  return `<section><h2>Prompts</h2><p>${escapeHtml(how)}; several of a class are averaged as open_clip does.</p><dl>${items.join('')}</dl></section>`;
}
