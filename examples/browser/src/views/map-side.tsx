import { enoughPairs, following, means, measuring, shapes } from '../state/closing.ts';
import { focused } from '../state/focus.ts';
import { ClosingSlider } from './closing-slider.tsx';
import { PointDetails } from './point-panel.tsx';

/** Beside a map that fills the window: the sliders that close the gap, and the point that is looked at. */
export function MapSide() {
  const point = focused();
  return (
    <>
      <h3>Close the gap</h3>
      {enoughPairs.value ? <Sliders /> : <p class="hint">A shift takes at least two pairs.</p>}
      <h3>Point and its neighbours</h3>
      {point ? (
        <PointDetails point={point} />
      ) : (
        <p class="hint">Click a point to see what is nearest to it.</p>
      )}
    </>
  );
}

function Sliders() {
  return (
    <div>
      <ClosingSlider slider="means" value={means.value} place="map" />
      <ClosingSlider slider="shapes" value={shapes.value} place="map" />
      <p class="hint closing-status" role="status">
        {following.value ? 'Fitting…' : measuring.value ? 'Measuring…' : ''}
      </p>
    </div>
  );
}
