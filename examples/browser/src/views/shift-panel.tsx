import { percent } from '../parts/number.ts';
import { Panel } from '../parts/panel.tsx';
import { gap, shiftedGap } from '../state/gap.ts';
import { shiftTo, wantedShift } from '../state/shift.ts';
import { shiftAmount } from '../state/shift-amount.ts';
import { RECALL_ROWS } from './gap-rows.ts';

export function ShiftPanel() {
  return (
    <Panel
      id="shift"
      title="Shift the modalities together"
      hint="Moves images and texts towards each other along the gap vector. Recall, neighbours, heatmap and map follow."
    >
      <div class="row slider">
        <label for="shift-slider">Shift</label>
        <input
          id="shift-slider"
          type="range"
          min={0}
          max={1}
          step={0.05}
          value={wantedShift.value}
          list="shift-ticks"
          onInput={({ currentTarget }) => void shiftTo(currentTarget.valueAsNumber)}
        />
        <datalist id="shift-ticks">
          <option value="0" />
          <option value="0.5" />
          <option value="1" />
        </datalist>
        <output for="shift-slider">{wantedShift.value.toFixed(2)}</output>
      </div>
      {gap.value && <RecallTable />}
    </Panel>
  );
}

/** How often the match is among the first 1, 5 or 10, before and after the shift. */
function RecallTable() {
  const [before, after] = [gap.value, shiftedGap.value];
  if (!before) return null;
  return (
    <table class="recall-table">
      <caption class="only-heard">Recall before and after the shift</caption>
      <thead>
        <tr>
          <th scope="col">The match is among the first</th>
          {['image → text', 'text → image'].map((direction) => (
            <th key={direction} scope="col" class="number">
              {direction}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {RECALL_ROWS.map(({ k, recalls }) => (
          <tr key={k}>
            <th scope="row">
              {k} (recall@{k})
            </th>
            {recalls.map(({ name, of }) => (
              <td key={name} class="number">
                {percent(of(before)?.value)}
                {after && (
                  <>
                    <span class="arrow" aria-hidden="true">
                      {' → '}
                    </span>
                    <span class="only-heard">, shifted by {shiftAmount.value.toFixed(2)}: </span>
                    <strong>{percent(of(after)?.value)}</strong>
                  </>
                )}
              </td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  );
}
