import type { MapCanvas } from '../draw/map-canvas.ts';
import { partnerOf } from '../session/points.ts';
import { hoveredPoints } from '../state/focus.ts';
import { isVisible } from '../state/map-hidden.ts';
import { mapPicture, picturedPairs } from '../state/map-layout.ts';

const RADIUS = 8;

interface MapHoverProps {
  readonly canvas: MapCanvas;
  /** Another one for each view, so that it is drawn anew. */
  readonly moved: number;
}

/** The pairs under the pointer, over the map: a pointer that moves over many points must not draw them all anew. */
export function MapHover({ canvas }: MapHoverProps) {
  void mapPicture.value; // they lie elsewhere in another
  const points = hoveredPoints().filter((point) => isVisible(point) && point.pair < picturedPairs.value);
  return (
    <svg class="map-hover" aria-hidden="true">
      {points.map((point) => {
        const [x, y] = canvas.pixelsOf(point);
        const partner = partnerOf(point);
        const [px, py] = canvas.pixelsOf(partner);
        return (
          <g key={`${point.modality} ${point.pair}`}>
            {isVisible(partner) && <line x1={x} y1={y} x2={px} y2={py} />}
            {isVisible(partner) && <circle class="partner" cx={px} cy={py} r={RADIUS} />}
            <circle cx={x} cy={y} r={RADIUS} />
          </g>
        );
      })}
    </svg>
  );
}
