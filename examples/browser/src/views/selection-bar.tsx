import { counted } from '../parts/number.ts';
import { clearSelection, selectedPairs, selectedPoints } from '../state/selection.ts';

/** How much is selected, and the way out of it. */
export function SelectionBar() {
  const points = selectedPoints.value;
  return (
    <div class="row selection-bar">
      <output aria-label="Selection">
        {points.size === 0
          ? 'Nothing selected: draw a lasso, click a point with Shift, or tick pairs in the list.'
          : `${counted(points.size, 'point')} of ${counted(selectedPairs.value.length, 'pair')} selected`}
      </output>
      {points.size > 0 && (
        <button type="button" onClick={clearSelection}>
          Clear
        </button>
      )}
    </div>
  );
}
