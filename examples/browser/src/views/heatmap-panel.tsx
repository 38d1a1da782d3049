import { wholeMatrix, zoomed } from '../draw/heatmap-view.ts';
import { counted } from '../parts/number.ts';
import { Panel } from '../parts/panel.tsx';
import { cosines } from '../state/heatmap.ts';
import { ColourBar } from './colour-bar.tsx';
import { HeatmapEdges } from './heatmap-edges.tsx';
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
        <HeatmapEdges view={view.value} side={side.value} />
        <HeatmapSurface heatmap={heatmap} />
      </div>
      {raster.value && <ColourBar range={raster.value.range} />}
      <HeatmapReadout />
    </Panel>
  );
}

function subtitle(): string {
  const matrix = cosines.value;
  if (!matrix) return 'Comparing…';
  const { pairs, among, isSelection, shownName } = matrix;
  const of = `${isSelection ? 'the selection: ' : ''}${counted(among, 'pair')}`;
  const sampled = pairs.length < among ? `, ${pairs.length} of them evenly sampled` : '';
  const closed = shownName ? `; closed: ${shownName}` : '';
  return `All images, then all texts, of ${of}${sampled}${closed}.`;
}
