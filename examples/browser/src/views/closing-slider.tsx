import type { ComponentChildren } from 'preact';
import { moveSlider } from '../state/closing.ts';

interface ClosingSliderProps {
  readonly slider: 'means' | 'shapes';
  readonly value: number;
  /** Tells it from the other of its kind, beside a large map. */
  readonly place?: 'map';
  /** What it does. */
  readonly children?: ComponentChildren;
}

const NAMES = { means: 'Means', shapes: 'Shapes' };
/** Each stop of the shapes is a fit of its own. */
const STEPS = { means: 0.05, shapes: 0.1 };

export function ClosingSlider({ slider, value, place, children }: ClosingSliderProps) {
  const id = place ? `${place}-${slider}-slider` : `${slider}-slider`;
  return (
    <div>
      <div class="row slider">
        <label for={id}>{NAMES[slider]}</label>
        <input
          id={id}
          type="range"
          min={0}
          max={1}
          step={STEPS[slider]}
          value={value}
          aria-describedby={children ? `${id}-meaning` : undefined}
          onInput={({ currentTarget }) => moveSlider(slider, currentTarget.valueAsNumber)}
        />
        <output for={id}>{value.toFixed(2)}</output>
      </div>
      {children && (
        <p id={`${id}-meaning`} class="hint">
          {children}
        </p>
      )}
    </div>
  );
}
