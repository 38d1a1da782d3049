import { wholeMatrix, zoomed } from '../draw/heatmap-view.ts';
import { counted } from '../parts/number.ts';
import { Panel } from '../parts/panel.tsx';
import { cosines, type HeatmapOrder, heatmapTrouble } from '../state/heatmap.ts';
import { ColourBar } from './colour-bar.tsx';
import { HeatmapBands, HeatmapLegend } from './heatmap-bands.tsx';
import { HeatmapControls } from './heatmap-controls.tsx';
import { HeatmapEdges } from './heatmap-edges.tsx';
import { fewCells, HeatmapNames } from './heatmap-names.tsx';
import { HeatmapReadout } from './heatmap-readout.tsx';
import { HeatmapSurface } from './heatmap-surface.tsx';
import { labelBands } from './label-bands.ts';
import { TroubleNote } from './trouble-note.tsx';
import { useHeatmap } from './use-heatmap.ts';

export function HeatmapPanel() {
  const heatmap = useHeatmap();
  const { view, side, size, raster } = heatmap;
  const margins = { '--bands': labelBands.value ? 1 : 0, '--names': fewCells(view.value) ? 1 : 0 };
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
      <HeatmapControls />
      <TroubleNote of={heatmapTrouble} />
      <div class="heatmap-frame" style={margins}>
        <HeatmapEdges view={view.value} side={side.value} />
        <HeatmapBands view={view.value} size={size.value} />
        <HeatmapNames view={view.value} side={side.value} />
        <HeatmapSurface heatmap={heatmap} />
      </div>
      {raster.value && <ColourBar range={raster.value.range} beyond={raster.value.beyond} />}
      <HeatmapLegend />
      <HeatmapReadout />
    </Panel>
  );
}

const ORDERS: Readonly<Record<HeatmapOrder, string>> = {
  file: 'in the order of the file',
  label: 'classes together, the largest first',
  cluster: 'similar pairs together (average linkage of image and text cosines)',
  similarity: 'sorted by the cosine within the pair, the highest first',
};

function subtitle(): string {
  const matrix = cosines.value;
  if (!matrix) return 'Comparing…';
  const { pairs, among, isSelection, order, shownName } = matrix;
  const of = `${isSelection ? 'the selection: ' : ''}${counted(among, 'pair')}`;
  const sampled = pairs.length < among ? `, ${pairs.length} of them evenly sampled` : '';
  const closed = shownName ? `; closed: ${shownName}` : '';
  return `All images, then all texts, of ${of}${sampled}, ${ORDERS[order]}${closed}.`;
}
