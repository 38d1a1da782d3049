import { pickedFiles } from '../data/dropped-files.ts';
import { IMAGE_ACCEPT } from '../data/image-files.ts';
import type { LabelBatchReport } from '../engine/types.ts';
import { download } from '../export/download.ts';
import { batchCsv } from '../export/label-batch.ts';
import { FileButton } from '../parts/file-button.tsx';
import { counted, percent } from '../parts/number.ts';
import { useVirtualRows } from '../parts/use-virtual-rows.ts';
import {
  batch,
  batchProgress,
  batchTrouble,
  endBatch,
  labelFiles,
  labelPairs,
  selectAnswers,
} from '../state/label-batch.ts';
import { session } from '../state/session.ts';
import { TroubleNote } from './trouble-note.tsx';

/** Of a row, in pixels: as in the style sheet. */
const HEIGHT = 32;

/** Many images at once, and where their right labels are known how many answers are right. */
export function LabelBatches() {
  return (
    <>
      <div class="row">
        <button
          type="button"
          disabled={!session.takesQueries.value || batch.pending}
          title={session.takesQueries.value ? '' : 'This takes the model that embedded the open pairs.'}
          onClick={() => void labelPairs()}
        >
          All open images
        </button>
        <FileButton
          label="Images to classify together"
          accept={IMAGE_ACCEPT}
          multiple
          disabled={!session.model.value || batch.pending}
          onFiles={(files) => void labelFiles(pickedFiles(files))}
        >
          Several images…
        </FileButton>
        {(batch.value || batch.pending) && (
          <button type="button" onClick={endBatch}>
            {batch.pending ? 'Cancel' : 'Close'}
          </button>
        )}
      </div>
      {batch.pending && <p class="hint">{pendingWords()}</p>}
      <TroubleNote of={batchTrouble} />
      <BatchResult />
    </>
  );
}

function pendingWords(): string {
  const { done, total } = batchProgress.value;
  return total > 0 ? `Embedding images: ${done} of ${total}` : 'Comparing with the labels…';
}

function BatchResult() {
  const found = batch.value;
  if (!found) return null;
  const { answers, report, skipped, labels } = found;
  return (
    <div class="label-batch">
      {report ? (
        <p>
          {counted(report.items, 'image')} with a right label among these: accuracy{' '}
          <strong>{percent(report.accuracy.value, 1)}</strong> [{percent(report.accuracy.low)},{' '}
          {percent(report.accuracy.high)}], balanced{' '}
          <strong>{percent(report.balancedAccuracy.value, 1)}</strong>.
        </p>
      ) : (
        <p class="hint">No right label is among these labels, so nothing can be judged.</p>
      )}
      {report && <Confusion report={report} labels={labels} isOfPairs={found.isOfPairs} />}
      <Answers />
      {skipped.length > 0 && (
        <p class="refused">
          {counted(skipped.length, 'image')} could not be read: {skipped[0]}
        </p>
      )}
      <button
        type="button"
        aria-label="Labels as CSV"
        onClick={() => download('labels.csv', batchCsv(answers))}
      >
        CSV
      </button>
    </div>
  );
}

interface ConfusionProps {
  readonly report: LabelBatchReport;
  readonly labels: readonly string[];
  readonly isOfPairs: boolean;
}

/** Right labels down, answers across; of the open pairs a press selects those of a cell. */
function Confusion({ report, labels, isOfPairs }: ConfusionProps) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by key
    <section class="scroll" tabIndex={0} aria-label="Confusion matrix">
      <table class="confusion" aria-label="Right labels by answers">
        <thead>
          <tr>
            <th scope="col">right \ answer</th>
            {labels.map((label) => (
              <th key={label} scope="col" class="number">
                {label}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {labels.map((truth, r) => {
            const row = report.confusion[r] ?? [];
            const sum = row.reduce((a, b) => a + b, 0);
            if (sum === 0) return null;
            return (
              <tr key={truth}>
                <th scope="row">{truth}</th>
                {labels.map((label, c) => {
                  const count = row[c] ?? 0;
                  const share = count / sum;
                  return (
                    <td key={label} class="number" style={{ '--share': share }}>
                      {count > 0 && isOfPairs ? (
                        <button
                          type="button"
                          class="link"
                          aria-label={`Select ${count} of ${truth} that are taken for ${label}`}
                          onClick={() => selectAnswers(truth, label)}
                        >
                          {count}
                        </button>
                      ) : (
                        count || '·'
                      )}
                    </td>
                  );
                })}
              </tr>
            );
          })}
        </tbody>
      </table>
    </section>
  );
}

function Answers() {
  const answers = batch.value?.answers ?? [];
  const { parent, items, total } = useVirtualRows(answers.length, HEIGHT);
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by key
    <section ref={parent} class="answers" tabIndex={0} aria-label="Labels of the images">
      <ol style={{ height: `${total}px` }}>
        {items.map(({ index, start }) => {
          const answer = answers[index];
          if (!answer) return null;
          const { name, label, truth, probability } = answer;
          const isWrong = truth !== undefined && batch.value?.labels.includes(truth) && truth !== label;
          return (
            <li key={index} style={{ transform: `translateY(${start}px)` }}>
              <span class="answer-name">{name}</span>
              <span>
                {label}
                {isWrong && ` (not ${truth})`}
              </span>
              <span class="number">{percent(probability, 0)}</span>
            </li>
          );
        })}
      </ol>
    </section>
  );
}
