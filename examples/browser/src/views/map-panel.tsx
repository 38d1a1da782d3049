import { Panel } from '../parts/panel.tsx';
import { MapControls } from './map-controls.tsx';
import { MapLegend } from './map-legend.tsx';
import { MapLookControls } from './map-look-controls.tsx';
import { MapSurface } from './map-surface.tsx';
import { MapTools } from './map-tools.tsx';
import { SelectionBar } from './selection-bar.tsx';

export function MapPanel() {
  return (
    <Panel id="map" title="Map (t‑SNE)" tools={<MapTools />}>
      <MapControls />
      <MapSurface />
      <MapLegend />
      <MapLookControls />
      <SelectionBar />
    </Panel>
  );
}
