import { Segments } from '../parts/segments.tsx';
import { colourMode, linkMode, worstCount } from '../state/map-look.ts';

/** What the colours mean, and which pairs are linked. */
export function MapLookControls() {
  return (
    <div class="row">
      <Segments
        legend="Colour"
        value={colourMode.value}
        options={[
          ['modality', 'modality'],
          ['label', 'label'],
          ['distance', 'pair distance'],
        ]}
        onChange={(mode) => {
          colourMode.value = mode;
        }}
      />
      <Segments
        legend="Link pairs"
        value={linkMode.value}
        options={[
          ['all', 'all'],
          ['selected', 'selected'],
          ['worst', 'worst'],
          ['none', 'none'],
        ]}
        onChange={(mode) => {
          linkMode.value = mode;
        }}
      />
      {linkMode.value === 'worst' && (
        <label class="field">
          How many
          <input
            type="number"
            min={1}
            value={worstCount.value}
            onChange={({ currentTarget }) => {
              worstCount.value = Math.max(1, currentTarget.valueAsNumber || 1);
            }}
          />
        </label>
      )}
    </div>
  );
}
