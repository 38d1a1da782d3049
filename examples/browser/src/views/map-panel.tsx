import { useEffect, useRef } from 'preact/hooks';
import { Panel } from '../parts/panel.tsx';
import { descentTrouble } from '../state/map.ts';
import { fillScreen, leaveScreen, mapIsFull } from '../state/map-full.ts';
import { LAYOUT_NAMES, mapLayout, mapPicture, principalTrouble } from '../state/map-layout.ts';
import { canvasTrouble } from '../state/map-look.ts';
import { regionsTrouble } from '../state/map-regions.ts';
import { MapControls } from './map-controls.tsx';
import { MapLegend } from './map-legend.tsx';
import { MapLookControls } from './map-look-controls.tsx';
import { MapSide } from './map-side.tsx';
import { MapSurface } from './map-surface.tsx';
import { MapTools } from './map-tools.tsx';
import { SelectionBar } from './selection-bar.tsx';
import { TroubleNote } from './trouble-note.tsx';

export function MapPanel() {
  const layout = mapPicture.value?.layout ?? mapLayout.value;
  return (
    <Panel
      id="map"
      title={`Map (${LAYOUT_NAMES[layout].replace('-', '\u2011')})`}
      tools={
        <>
          <MapTools />
          <FullScreenButton />
        </>
      }
    >
      <div class={mapIsFull.value ? 'map-parts full' : 'map-parts'}>
        <MapControls />
        <TroubleNote of={descentTrouble} />
        <TroubleNote of={principalTrouble} />
        <TroubleNote of={regionsTrouble} />
        <TroubleNote of={canvasTrouble} />
        <MapSurface />
        <div class="map-side">
          <MapLegend />
          <MapLookControls />
          <SelectionBar />
          {mapIsFull.value && <MapSide />}
        </div>
      </div>
    </Panel>
  );
}

/** Stays where it is, so that the focus does too; takes the focus where what had it is gone. */
function FullScreenButton() {
  const button = useRef<HTMLButtonElement>(null);
  const isFull = mapIsFull.value;
  const wasFull = useRef(isFull);
  useEffect(() => {
    document.documentElement.classList.toggle('map-is-full', isFull);
    const isChanged = wasFull.current !== isFull;
    wasFull.current = isFull;
    if (isChanged && document.activeElement === document.body) button.current?.focus();
    return () => document.documentElement.classList.remove('map-is-full');
  }, [isFull]);
  return (
    <button ref={button} type="button" aria-pressed={isFull} onClick={isFull ? leaveScreen : fillScreen}>
      Full screen
    </button>
  );
}
