import { ExportPanel } from './export-panel.tsx';
import { GapPanel } from './gap-panel.tsx';
import { HeatmapPanel } from './heatmap-panel.tsx';
import { MapPanel } from './map-panel.tsx';
import { PairsPanel } from './pairs-panel.tsx';
import { PointPanel } from './point-panel.tsx';
import { SearchPanel } from './search-panel.tsx';
import { ShiftPanel } from './shift-panel.tsx';
import { ZeroShotPanel } from './zero-shot-panel.tsx';

/** Everything there is to see of the open pairs. */
export function Workbench() {
  return (
    <div class="workbench">
      <div class="pictures">
        <MapPanel />
        <HeatmapPanel />
        <GapPanel />
        <div class="stack">
          <ShiftPanel />
          <ZeroShotPanel />
          <ExportPanel />
        </div>
      </div>
      <div class="stack">
        <SearchPanel />
        <PointPanel />
        <PairsPanel />
      </div>
    </div>
  );
}
