import { counted } from '../parts/number.ts';
import { Segments } from '../parts/segments.tsx';
import { mapTool, outlineHow } from '../state/map-look.ts';
import {
  canRedo,
  canUndo,
  clearSelection,
  redoSelection,
  selectedPairs,
  selectedPoints,
  undoSelection,
} from '../state/selection.ts';

/** How much is selected, what the next outline does to it, and the way back. */
export function SelectionBar() {
  const points = selectedPoints.value;
  return (
    <div class="row selection-bar">
      <output aria-label="Selection">
        {points.size === 0
          ? 'Nothing selected: draw a lasso or a box, click a point with Shift, or tick pairs in the list.'
          : `${counted(points.size, 'point')} of ${counted(selectedPairs.value.length, 'pair')} selected`}
      </output>
      {mapTool.value !== 'pan' && (
        <Segments
          legend="Outline"
          value={outlineHow.value}
          options={[
            ['replace', 'selects'],
            ['add', 'adds'],
            ['remove', 'takes away'],
          ]}
          onChange={(how) => {
            outlineHow.value = how;
          }}
        />
      )}
      <button type="button" disabled={!canUndo.value} onClick={undoSelection} title="Ctrl + Z">
        Undo
      </button>
      <button type="button" disabled={!canRedo.value} onClick={redoSelection} title="Ctrl + Shift + Z">
        Redo
      </button>
      <button type="button" disabled={points.size === 0} onClick={clearSelection}>
        Clear
      </button>
    </div>
  );
}
