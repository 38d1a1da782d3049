import type { GapStatistic } from 'biomedclip-webgpu';
import { shown } from '../parts/number.ts';
import { Panel } from '../parts/panel.tsx';
import { gap, gapProgress, gapTrouble, measureGap, shownGap, shownGapTrouble } from '../state/measures.ts';
import { GAP_ROWS } from './gap-rows.ts';
import { TroubleNote } from './trouble-note.tsx';

export function GapPanel() {
  const report = gap.value;
  return (
    <Panel
      id="gap"
      title="The gap in numbers"
      hint={
        report
          ? `${report.pairs} pairs in ${report.dim} dimensions; brackets are 95 % bootstrap intervals.`
          : undefined
      }
    >
      <TroubleNote of={gapTrouble} />
      <TroubleNote of={shownGapTrouble} />
      {report ? <GapTable /> : <GapWaiting />}
    </Panel>
  );
}

function GapWaiting() {
  if (!gap.pending) {
    return (
      <button type="button" onClick={() => void measureGap()}>
        Measure the gap
      </button>
    );
  }
  return (
    <p class="hint">
      Measuring <progress max={1} value={gapProgress.value} aria-label="Measuring the gap" />
    </p>
  );
}

function GapTable() {
  return (
    <div class="scroll">
      <table class="gap-table">
        <thead>
          <tr>
            <th scope="col">Statistic</th>
            <th scope="col" class="number">
              as embedded
            </th>
            <th scope="col" class="number">
              as shown
            </th>
            <th scope="col" class="number baseline">
              random pairing
            </th>
          </tr>
        </thead>
        <tbody>
          {GAP_ROWS.map((statistic) => (
            <GapLine key={statistic.name} statistic={statistic} />
          ))}
        </tbody>
      </table>
    </div>
  );
}

function GapLine({ statistic }: { readonly statistic: GapStatistic }) {
  const { title, plainTitle = title, meaning, of } = statistic;
  const estimate = gap.value && of(gap.value);
  if (!estimate) return null;
  const decimals = Number.isInteger(estimate.value) && estimate.value > 1 ? 0 : 3;
  return (
    <tr>
      <th scope="row">
        {plainTitle}
        <span class="meaning">{meaning}</span>
      </th>
      <td class="number">
        <strong>{shown(estimate.value, decimals)}</strong>
        <span class="interval">
          [{shown(estimate.low, decimals)}, {shown(estimate.high, decimals)}]
        </span>
      </td>
      <td class="number">{shownGap.value && shown(of(shownGap.value)?.value, decimals)}</td>
      <td class="number baseline">{'baseline' in estimate ? shown(estimate.baseline.mean, decimals) : ''}</td>
    </tr>
  );
}
