import { useSignal } from '@preact/signals';
import { chosenPerplexity, perplexity, perplexityRange } from '../state/map.ts';

/** The perplexity of the next descent. What t-SNE does not take is refused where it is typed. */
export function PerplexityField() {
  const refused = useSignal(false);
  const { min, max } = perplexityRange.value;
  return (
    <>
      <label class="field">
        Perplexity
        <input
          type="number"
          min={min}
          max={max}
          step="any"
          value={perplexity.value}
          aria-invalid={refused.value}
          aria-describedby={refused.value ? 'perplexity-refused' : undefined}
          onChange={({ currentTarget }) => {
            const { value, valueAsNumber } = currentTarget;
            refused.value = value !== '' && !(valueAsNumber >= min && valueAsNumber <= max);
            if (!refused.value) chosenPerplexity.value = value === '' ? undefined : valueAsNumber;
          }}
        />
      </label>
      {refused.value && (
        <p id="perplexity-refused" class="refused" role="alert">
          t‑SNE of these pairs takes a perplexity of {min} to {max}; the next start takes {perplexity.value}.
        </p>
      )}
    </>
  );
}
