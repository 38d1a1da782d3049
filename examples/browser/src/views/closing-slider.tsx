import type { ComponentChildren } from 'preact';
import { moveSlider } from '../state/closing.ts';

interface ClosingSliderProps {
  readonly slider: 'means' | 'shapes';
  readonly value: number;
  /** What it does. */
  readonly children: ComponentChildren;
}

const NAMES = { means: 'Means', shapes: 'Shapes' };
/** Each stop of the shapes is a fit of its own. */
const STEPS = { means: 0.05, shapes: 0.1 };

export function ClosingSlider({ slider, value, children }: ClosingSliderProps) {
  const id = `${slider}-slider`;
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
          aria-describedby={`${id}-meaning`}
          onInput={({ currentTarget }) => moveSlider(slider, currentTarget.valueAsNumber)}
        />
        <output for={id}>{value.toFixed(2)}</output>
      </div>
      <p id={`${id}-meaning`} class="hint">
        {children}
      </p>
    </div>
  );
}
