import { ClosingPanel } from './closing-panel.tsx';
import { ComparePanel } from './compare-panel.tsx';
import { ExportPanel } from './export-panel.tsx';
import { GapPanel } from './gap-panel.tsx';
import { HeadPanel } from './head-panel.tsx';
import { HeatmapPanel } from './heatmap-panel.tsx';
import { MapPanel } from './map-panel.tsx';
import { PairsPanel } from './pairs-panel.tsx';
import { PointPanel } from './point-panel.tsx';
import { SearchPanel } from './search-panel.tsx';
import { SessionPanel } from './session-panel.tsx';
import { ZeroShotPanel } from './zero-shot-panel.tsx';

/** Everything there is to see of the open pairs. */
export function Workbench() {
  return (
    <div class="workbench">
      <div class="pictures">
        <MapPanel />
        <HeatmapPanel />
        <div class="column">
          <GapPanel />
          <ZeroShotPanel />
        </div>
        <div class="stack">
          <ClosingPanel />
          <HeadPanel />
          <ExportPanel />
        </div>
      </div>
      <div class="stack">
        <SearchPanel />
        <PointPanel />
      </div>
      <div class="across">
        <PairsPanel />
        <ComparePanel />
        <SessionPanel />
      </div>
    </div>
  );
}
