import { Segments } from '../parts/segments.tsx';
import { heatmapOrder, heatmapScale } from '../state/heatmap.ts';

/** How rows follow each other, and what the colours stand for. */
export function HeatmapControls() {
  return (
    <div class="row">
      <Segments
        legend="Order"
        value={heatmapOrder.value}
        options={[
          ['file', 'file'],
          ['label', 'by label'],
          ['cluster', 'cluster'],
          ['similarity', 'similarity'],
        ]}
        onChange={(order) => {
          heatmapOrder.value = order;
        }}
      />
      <Segments
        legend="Colour scale"
        value={heatmapScale.value}
        options={[
          ['fixed', 'fixed'],
          ['shown', 'to what is shown'],
        ]}
        onChange={(scale) => {
          heatmapScale.value = scale;
        }}
      />
    </div>
  );
}
