import { wholeMatrix, zoomed } from '../draw/heatmap-view.ts';
import { counted } from '../parts/number.ts';
import { Panel } from '../parts/panel.tsx';
import { cosines } from '../state/heatmap.ts';
import { pairCount } from '../state/pairs.ts';
import { shownPairs } from '../state/selection.ts';
import { shownName } from '../state/shown.ts';
import { ColourBar } from './colour-bar.tsx';
import { HeatmapReadout } from './heatmap-readout.tsx';
import { HeatmapSurface } from './heatmap-surface.tsx';
import { useHeatmap } from './use-heatmap.ts';

export function HeatmapPanel() {
  const heatmap = useHeatmap();
  const { view, side, raster } = heatmap;
  const zoom = (factor: number) => {
    view.value = zoomed(view.value, side.value, factor, 0.5, 0.5);
  };
  return (
    <Panel
      id="heatmap"
      title="Heatmap of cosines"
      hint={subtitle()}
      tools={
        <>
          <button type="button" aria-label="Zoom in" onClick={() => zoom(1.6)}>
            +
          </button>
          <button type="button" aria-label="Zoom out" onClick={() => zoom(1 / 1.6)}>
            −
          </button>
          <button
            type="button"
            onClick={() => {
              view.value = wholeMatrix(side.value);
            }}
          >
            All
          </button>
        </>
      }
    >
      <div class="heatmap-frame">
        <span class="edge top">images</span>
        <span class="edge top second">texts</span>
        <span class="edge left">images</span>
        <span class="edge left second">texts</span>
        <HeatmapSurface heatmap={heatmap} />
      </div>
      {raster.value && <ColourBar range={raster.value.range} />}
      <HeatmapReadout />
    </Panel>
  );
}

function subtitle(): string {
  const count = cosines.value?.pairs.length ?? 0;
  const chosen = shownPairs('heatmap');
  const of = chosen ? `the selection: ${counted(chosen.length, 'pair')}` : counted(pairCount.value, 'pair');
  const sampled = count < (chosen?.length ?? pairCount.value) ? `, ${count} of them evenly sampled` : '';
  const closed = shownName.value ? `; closed: ${shownName.value}` : '';
  return `All images, then all texts, of ${of}${sampled}${closed}.`;
}
