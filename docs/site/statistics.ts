import ts from 'typescript';
import { METHODS } from '../../src/closing/methods.ts';
import { COMPARED_STATISTICS } from '../../src/metrics/gap/compared-statistics.ts';
import { GAP_STATISTICS } from '../../src/metrics/gap/report.ts';
import { QUALITY_MEASURES } from '../../src/metrics/quality/report.ts';
import { code, escaped, escapedAroundCode, table } from './markdown.ts';
import { citationsIn, type Reference, referenceOf } from './references.ts';
import { docOf, isExported, sourceFiles } from './sources.ts';

interface Described {
  readonly name: string;
  readonly title: string;
  readonly unit: string;
  readonly formula: string;
  readonly meaning?: string;
  readonly better?: string;
}

const INTERVALS = 'Intervals are 95 % by the bootstrap over items (Efron 1979).';
const PAIRED =
  'Differences of two models are by the paired bootstrap: each resample has the same items for both (Efron and Tibshirani 1993).';
const COVARIANCES = 'Covariances are shrunk (Ledoit and Wolf 2004).';

/** The page of what each statistic is: from the tables that the reports are made from. */
export function statisticsPage(): string {
  const closings = closingRows();
  const formulas = [...COMPARED_STATISTICS, ...QUALITY_MEASURES].map(({ formula }) => formula);
  const cited = citationsIn(
    [...formulas, ...closings.map((row) => row.join(' ')), INTERVALS, PAIRED, COVARIANCES].join('\n'),
  );
  const references = [...new Set(cited)].sort((a, b) => a.localeCompare(b)).map(referenceOf);
  return [
    '# The statistics, their formulas and papers',
    'x_i is the embedding of image i, y_i that of text i, both of length 1; S_x and S_y are the covariances of images ' +
      `and texts. ${INTERVALS} A statistic without a paper is defined by its formula alone. ` +
      'This page is made from `GAP_STATISTICS`, `COMPARED_STATISTICS` and `QUALITY_MEASURES`, which a program can read too.',
    '## The modality gap',
    'What `modalityGap`, the command `gap` and a study’s report measure. Fields of `GapReport`, by name.',
    describe(GAP_STATISTICS),
    '## Several models over the same pairs',
    'What `compareGaps`, `gap` and `study` of several models measure of each besides the gap. The two kinds of CKA are taken between ' +
      'the models’ images and between their texts too, as `agreement`; the spectral alignment score needs common axes, which two ' +
      `models do not have. ${PAIRED}`,
    describe(COMPARED_STATISTICS.filter(({ name }) => name.startsWith('geometry.'))),
    '## The quality of an embedding',
    'What `embeddingQuality` measures, and `compareQuality` compares. Fields of `QualityReport`, by name.',
    describe(QUALITY_MEASURES),
    '## Ways to close the gap',
    'x goes through unit(unit(W x + b) − c), where b = −W mean(x) and c is what scaling to length 1 brings back of the mean. ' +
      `A = S_x^(−1/2) (S_x^(1/2) S_y S_x^(1/2))^(1/2) S_x^(−1/2). ${COVARIANCES} [What each is worth](../closing-the-gap.md) is measured.`,
    table(
      ['method', 'what it does', 'strength: default, most', 'learns from pairs'],
      closings.map(([method, map, strength, pairs]) => [
        code(method),
        escapedAroundCode(map),
        strength,
        pairs,
      ]),
    ),
    '## Papers',
    ...references.map(listed),
  ].join('\n\n');
}

function describe(statistics: readonly Described[]): string {
  return statistics
    .map(({ name, title, unit, formula, meaning, better }) =>
      [
        `### ${escaped(title.charAt(0).toUpperCase() + title.slice(1))}`,
        [
          `${code(name)}, ${unit === '1' ? 'a plain number' : `in ${unit}`}.`,
          meaning && escaped(meaning),
          betterText(better),
        ]
          .filter(Boolean)
          .join(' '),
        `Source: ${sourceOf(formula)}.`,
        `<p class="formula" v-pre>${escaped(formula).replaceAll('\\', '')}</p>`,
      ].join('\n\n'),
    )
    .join('\n\n');
}

/** What the formula cites, or follows. */
function sourceOf(formula: string): string {
  const cited = citationsIn(formula);
  if (cited.length > 0) return escaped(cited.join('; '));
  return formula.includes('as scikit-learn') ? 'scikit-learn' : 'its formula alone';
}

function betterText(better: string | undefined): string {
  if (better === undefined) return '';
  return better === 'neither'
    ? 'Neither more nor less is better.'
    : `${better === 'larger' ? 'Larger' : 'Smaller'} is better.`;
}

/** Method, map, strength, pairs: the map as the comment at the function that fits it says. */
function closingRows(): [string, string, string, string][] {
  const comments = closingComments();
  return Object.entries(METHODS).map(([method, { paired, strength }]) => {
    const map = comments.get(method === 'head' ? 'trainHead' : method);
    if (!map) throw new TypeError(`no function in src/closing says in its comment what ${method} is`);
    return [method, map, strength ? `${strength.default}, ${strength.most}` : '', paired ? 'yes' : 'no'];
  });
}

function closingComments(): Map<string, string> {
  const functions = sourceFiles(['src/closing']).flatMap(({ file }) =>
    file.statements.filter(ts.isFunctionDeclaration).filter(isExported),
  );
  return new Map(functions.map((node) => [node.name?.text ?? '', docOf(node).text]));
}

function listed({ key, text, url }: Reference): string {
  return `- **${key}**: ${escaped(text)}${url ? ` <${url}>` : ''}`;
}
