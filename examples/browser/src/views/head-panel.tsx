import { shown as number } from '../parts/number.ts';
import { Panel } from '../parts/panel.tsx';
import { enoughPairs } from '../state/closing.ts';
import {
  isTraining,
  stopTraining,
  type Training,
  trainHead,
  training,
  trainingTrouble,
} from '../state/head.ts';
import { judged } from '../state/held-out.ts';
import { keptClosing } from '../state/kept-closing.ts';
import { soFar } from '../state/opening-task.ts';
import { LossCurve } from './loss-curve.tsx';
import { TroubleNote } from './trouble-note.tsx';

/** Learns a linear map a modality from the pairs, on this machine. */
export function HeadPanel() {
  const now = training.value;
  const warnings = keptClosing.value?.report.warnings ?? [];
  return (
    <Panel
      id="training"
      title="Train a head here"
      hint="A linear map for each modality, trained on these pairs with CLIP’s loss at a low logit scale (10) and held near the identity."
    >
      <div class="row">
        {isTraining.value ? (
          <button type="button" onClick={stopTraining}>
            Stop training
          </button>
        ) : (
          <button
            type="button"
            disabled={!enoughPairs.value || judged.pending || soFar.value?.isShown}
            onClick={() => void trainHead()}
          >
            {now ? 'Train again' : 'Train a head'}
          </button>
        )}
        <p class="readout" role="status">
          {describe(now)}
        </p>
      </div>
      <TroubleNote of={trainingTrouble} />
      <LossCurve losses={now?.losses ?? []} steps={now?.total ?? 0} />
      {warnings.length > 0 && (
        <ul class="warnings">
          {warnings.map((warning) => (
            <li key={warning}>{warning}</li>
          ))}
        </ul>
      )}
    </Panel>
  );
}

const ENDS = { running: '', done: ', done', stopped: ', stopped: nothing is kept', failed: ', failed' };

function describe(now: Training | undefined): string {
  if (!now) return 'not trained';
  if (now.total === 0) return now.status === 'running' ? 'starting…' : `step 0${ENDS[now.status]}`;
  const [first, last] = [now.losses[0], now.losses.at(-1)];
  return `step ${now.done} of ${now.total}, loss ${number(first, 3)} → ${number(last, 3)}${ENDS[now.status]}`;
}
