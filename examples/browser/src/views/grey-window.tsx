import type { Signal } from '@preact/signals';
import { isWindowValid, type WindowKind, windowHigh, windowKind, windowLow } from '../state/grey-window.ts';
import { embedAgain, isWindowNew } from '../state/opening.ts';
import { task } from '../state/opening-task.ts';

const KINDS: readonly (readonly [WindowKind, string])[] = [
  ['file', 'as the file says'],
  ['auto', 'auto: least to greatest value'],
  ['range', 'low to high'],
];

/** The window of pictures of more than 8 bits, such as DICOM files, and a button that embeds what is open by it. */
export function GreyWindow() {
  return (
    <details class="grey-window">
      <summary>Grey values of 16-bit and DICOM pictures</summary>
      <div class="row">
        <label class="field">
          Window
          <select
            value={windowKind.value}
            onChange={({ currentTarget }) => {
              windowKind.value = currentTarget.value as WindowKind;
            }}
          >
            {KINDS.map(([kind, name]) => (
              <option key={kind} value={kind}>
                {name}
              </option>
            ))}
          </select>
        </label>
        {windowKind.value === 'range' && (
          <>
            <Bound name="Low" value={windowLow} />
            <Bound name="High" value={windowHigh} />
          </>
        )}
        {isWindowNew.value && (
          <button
            type="button"
            disabled={!isWindowValid.value || task.value !== undefined}
            onClick={() => void embedAgain()}
          >
            Embed again
          </button>
        )}
      </div>
      {!isWindowValid.value && (
        <p class="refused" role="alert">
          Low must be less than high.
        </p>
      )}
    </details>
  );
}

function Bound({ name, value }: { readonly name: string; readonly value: Signal<number> }) {
  return (
    <label class="field">
      {name}
      <input
        type="number"
        value={value.value}
        onChange={({ currentTarget }) => {
          if (!Number.isNaN(currentTarget.valueAsNumber)) value.value = currentTarget.valueAsNumber;
        }}
      />
    </label>
  );
}
