import { Segments } from '../parts/segments.tsx';
import { LAYOUT_NAMES, mapLayout } from '../state/map-layout.ts';
import { colourMode, linkMode, showsThumbnails, worstCount } from '../state/map-look.ts';
import { hasDensity, showRegions, showsRegions } from '../state/map-regions.ts';

/** What the colours mean, and which pairs are linked. */
export function MapLookControls() {
  return (
    <div class="row">
      <Segments
        legend="Layout"
        value={mapLayout.value}
        options={[
          ['tsne', LAYOUT_NAMES.tsne],
          ['pca', LAYOUT_NAMES.pca],
        ]}
        onChange={(layout) => {
          mapLayout.value = layout;
        }}
      />
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
      <label class="field">
        <input
          type="checkbox"
          checked={showsThumbnails.value}
          onChange={({ currentTarget }) => {
            showsThumbnails.value = currentTarget.checked;
          }}
        />
        thumbnails from a zoom on
      </label>
      <label class="field">
        <input
          type="checkbox"
          checked={showsRegions.value}
          onChange={({ currentTarget }) => showRegions(currentTarget.checked)}
        />
        {hasDensity.value ? 'density and typical words' : 'names of labels'}
      </label>
    </div>
  );
}
