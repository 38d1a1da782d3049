import { colourMode } from '../state/map-look.ts';
import { coloursNow } from './scene-now.ts';

export function MapLegend() {
  return (
    <ul class="legend">
      {coloursNow().legend.map(({ name, colour, mark }) => (
        <li key={name}>
          <span
            class={mark === 'ring' ? 'swatch ring' : 'swatch'}
            style={{ color: `rgb(${colour.join(',')})` }}
          />
          {name}
        </li>
      ))}
      {colourMode.value !== 'modality' && <li class="muted">discs are images, rings texts</li>}
    </ul>
  );
}
