import type { HeldOutMeasure } from 'biomedclip-webgpu';
import type { ClosingReport } from '../engine/types.ts';
import { shown as number } from '../parts/number.ts';
import { isTraining } from '../state/head.ts';
import { judge, judged, judgingProgress, judgingTrouble, stopJudging } from '../state/held-out.ts';
import { session } from '../state/session.ts';
import { FIGURE_ROWS, figure, titleOf } from './figure-rows.ts';
import { TroubleNote } from './trouble-note.tsx';

/** What the closing that is shown is worth on pairs that it was not fitted on, when people ask for it. */
export function HeldOut() {
  const progress = judged.pending ? judgingProgress.value : undefined;
  return (
    <>
      <div class="row">
        {progress ? (
          <button type="button" onClick={stopJudging}>
            Stop judging
          </button>
        ) : (
          <button
            type="button"
            disabled={session.shown.value.kind === 'raw' || isTraining.value}
            onClick={() => void judge()}
          >
            Judge on held-out pairs
          </button>
        )}
        {progress && (
          <progress
            {...(progress.total > 0 ? { max: progress.total, value: progress.done } : {})}
            aria-label="Judging on held-out pairs"
          />
        )}
      </div>
      <TroubleNote of={judgingTrouble} />
      {judged.value && <Judgement report={judged.value} />}
    </>
  );
}

function Judgement({ report }: { readonly report: ClosingReport }) {
  const { heldOut, warnings } = report;
  return (
    <div class="judgement" role="status">
      <p>{summaryOf(report)}</p>
      {heldOut && <HeldOutTable measures={heldOut.measures} />}
      {heldOut && !heldOut.supportsClaims && (
        <p class="closing-note">
          Only {heldOut.pairs} pairs were judged: no claim follows from these figures.
        </p>
      )}
      {warnings.length > 0 && (
        <ul class="warnings">
          {warnings.map((warning) => (
            <li key={warning}>{warning}</li>
          ))}
        </ul>
      )}
    </div>
  );
}

function summaryOf({ method, strength, heldOut }: ClosingReport): string {
  const title = method.charAt(0).toUpperCase() + method.slice(1);
  const name = strength === undefined ? title : `${title} at ${strength.toFixed(2)}`;
  if (!heldOut)
    return `${name}: too few pairs, or classes, to hold some out, since fitting and judging take 2 each.`;
  const { folds, pairs, byGroup } = heldOut;
  const unseen = byGroup ? 'of classes that the fit has not seen' : 'that the fit has not seen';
  return `${name}, means taken out wholly: ${pairs} pairs ${unseen}, in ${folds} folds. Brackets are 95 % intervals of the difference.`;
}

function HeldOutTable({ measures }: { readonly measures: readonly HeldOutMeasure[] }) {
  return (
    <table>
      <caption class="only-heard">Measures of held-out pairs</caption>
      <thead>
        <tr>
          <th scope="col">Measure, held out</th>
          {['embedded → closed', 'difference'].map((head) => (
            <th key={head} scope="col" class="number">
              {head}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {FIGURE_ROWS.flatMap((row) => {
          const found = measures.find(({ name }) => name === row.name);
          return found ? [<HeldOutLine key={row.name} row={row} measure={found} />] : [];
        })}
      </tbody>
    </table>
  );
}

function HeldOutLine({
  row,
  measure,
}: {
  readonly row: (typeof FIGURE_ROWS)[number];
  readonly measure: HeldOutMeasure;
}) {
  const { before, after, difference, low, high, floor } = measure;
  return (
    <tr>
      <th scope="row">
        {titleOf(row)}
        {floor !== undefined && <span class="meaning">so few pairs leave {number(floor, 3)} by chance</span>}
      </th>
      <td class="number change">
        <span>{figure(row, before)} →</span> <span>{figure(row, after)}</span>
      </td>
      <td class="number">
        <strong>{number(difference, 3)}</strong>
        <span class="interval">
          [{number(low, 3)}, {number(high, 3)}]
        </span>
      </td>
    </tr>
  );
}
