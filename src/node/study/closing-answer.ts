import type { ClosingReport, HeldOutMeasure } from '../../closing-data.ts';
import { number } from '../../plots/number.ts';
import { capital, changeSentence, heldOutSentences, heldOutText, methodText } from '../cli/closing-text.ts';
import { shortPath } from '../provenance.ts';
import type { StudyClosing } from './closing.ts';
import type { Answer } from './questions.ts';

/** Whether the gap of these pairs can be closed, by what held-out pairs show. */
export function closingAnswer(closing: StudyClosing): Answer {
  const { report, file, changes } = closing;
  const { heldOut, warnings } = report;
  const name = methodText(report);
  const origin =
    file === undefined
      ? `${name} was fitted on these pairs${report.reason ? `: ${report.reason}` : ''}.`
      : `${shortPath(file)} is ${name}, fitted on ${report.rows.images.toLocaleString('en')} images and ${report.rows.texts.toLocaleString('en')} texts.`;
  return {
    id: 'closing',
    question: 'Can the gap be closed?',
    verdict: verdictOf(report),
    text: [
      capital(origin),
      ...(heldOut ? [`Held out: ${heldOutText(heldOut)}.`, ...heldOutSentences(heldOut)] : []),
      ...(changes
        ? [`On the pairs of this study, which it may have been fitted on: ${changesText(changes)}`]
        : []),
      ...warnings.map((warning) => `Warning: ${warning}.`),
      ...(closing.sweep ? [] : ['There are too few pairs to compare ways of closing the gap.']),
    ].join(' '),
  };
}

/** Never that it is closed: a point's nearest neighbours stay of its own modality. */
function verdictOf({ heldOut }: ClosingReport): string {
  if (!heldOut) return 'Unknown: no pairs were held out';
  if (!heldOut.supportsClaims) return `${heldOut.pairs} pairs are too few to tell`;
  const find = (name: string) => heldOut.measures.find((measure) => measure.name === name);
  const [shapes, means] = [find('distributionGap'), find('centroidDistance')];
  const fallsTo = ({ before, after }: HeldOutMeasure) => `from ${number(before, 3)} to ${number(after, 3)}`;
  if (shapes && falls(shapes)) {
    const { before, after, floor = 0 } = shapes;
    const near = before > 2 * floor && after <= 2 * floor;
    const chance = floor > 0 ? `, by chance ${number(floor, 3)}` : '';
    return `${near ? 'Almost, as far as the shapes go' : 'In part'}: the distribution gap falls ${fallsTo(shapes)}${chance}`;
  }
  if (means && falls(means)) {
    return `Only the centroids: their distance falls ${fallsTo(means)}, and the shapes stay as they are`;
  }
  return 'No';
}

/** By more than the third decimal, and than chance. */
function falls({ difference, high }: HeldOutMeasure): boolean {
  return difference < -0.0005 && !(high >= 0);
}

const TOLD = [
  'distributionGap',
  'modalityPurity',
  'meanAveragePrecision',
  'retrieval.textToImage.recallAt10',
];

function changesText(changes: NonNullable<StudyClosing['changes']>): string {
  return changes
    .filter(({ name }) => TOLD.includes(name))
    .map(changeSentence)
    .join(' ');
}
