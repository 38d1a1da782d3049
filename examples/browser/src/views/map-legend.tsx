import { pointColours } from '../draw/point-colours.ts';
import { colourMode } from '../state/map-look.ts';
import { distances, pairs } from '../state/pairs.ts';
import { dark } from '../state/theme.ts';

export function MapLegend() {
  const { legend } = pointColours(colourMode.value, pairs.value, distances.value, dark.value);
  const byModality = colourMode.value === 'modality';
  return (
    <ul class="legend">
      {legend.map(({ name, colour }, i) => (
        <li key={name}>
          <span
            class={byModality && i === 1 ? 'swatch ring' : 'swatch'}
            style={{ color: `rgb(${colour.join(',')})` }}
          />
          {name}
        </li>
      ))}
      {!byModality && <li class="muted">discs are images, rings texts</li>}
    </ul>
  );
}
