import { Panel } from '../parts/panel.tsx';
import { lassoing } from '../state/map-look.ts';
import { MapControls } from './map-controls.tsx';
import { MapLegend } from './map-legend.tsx';
import { MapLookControls } from './map-look-controls.tsx';
import { MapSurface } from './map-surface.tsx';
import { SelectionBar } from './selection-bar.tsx';

export function MapPanel() {
  return (
    <Panel
      id="map"
      title="Map (t‑SNE)"
      tools={
        <button
          type="button"
          aria-pressed={lassoing.value}
          onClick={() => {
            lassoing.value = !lassoing.value;
          }}
        >
          Lasso
        </button>
      }
    >
      <MapControls />
      <MapSurface />
      <MapLegend />
      <MapLookControls />
      <SelectionBar />
    </Panel>
  );
}
