import type { ColourMode } from '../draw/point-colours.ts';
import { COLOURS, LINKS, type Links, type MapModel } from './map-model.ts';
import { MapSurface } from './map-surface.tsx';

export interface ModelProps {
  readonly model: MapModel;
}

/** A whole `<modality-map>`: what can be chosen, the map, and what its colours stand for. */
export function MapView({ model }: ModelProps) {
  return (
    <div class={model.dark.value ? 'map dark' : 'map'}>
      <Choices model={model} />
      <MapSurface model={model} />
      {model.failure.value && (
        <p class="failure" role="alert">
          {model.failure.value}
        </p>
      )}
      <Legend model={model} />
      <p class="status" role="status">
        {statusOf(model)}
      </p>
    </div>
  );
}

function statusOf({ isMoving, hasMap, pairs }: MapModel): string {
  if (isMoving.value) return 'Computing the map…';
  if (!hasMap.value) return '';
  return pairs.value.length === 1 ? '1 pair' : `${pairs.value.length.toLocaleString('en')} pairs`;
}

function Choices({ model }: ModelProps) {
  const colours = COLOURS.filter((colour) => colour !== 'distance' || model.hasDistances.value);
  return (
    <div class="choices">
      <label>
        Colour
        <select
          value={model.colour.value}
          onChange={({ currentTarget }) => {
            model.colour.value = currentTarget.value as ColourMode;
          }}
        >
          {colours.map((colour) => (
            <option key={colour} value={colour}>
              {colour === 'distance' ? 'pair distance' : colour}
            </option>
          ))}
        </select>
      </label>
      <label>
        Link pairs
        <select
          value={model.links.value}
          onChange={({ currentTarget }) => {
            model.links.value = currentTarget.value as Links;
          }}
        >
          {LINKS.map((links) => (
            <option key={links} value={links}>
              {links}
            </option>
          ))}
        </select>
      </label>
    </div>
  );
}

function Legend({ model }: ModelProps) {
  if (!model.hasMap.value) return null;
  return (
    <ul class="legend">
      {model.colours.value.legend.map(({ name, colour, mark }) => (
        <li key={name}>
          <span
            class={mark === 'ring' ? 'swatch ring' : 'swatch'}
            style={{ color: `rgb(${colour.join(',')})` }}
          />
          {name === '' ? '(no label)' : name}
        </li>
      ))}
      {model.colour.value !== 'modality' && <li class="muted">discs are images, rings texts</li>}
    </ul>
  );
}
