import { useSignal } from '@preact/signals';
import type { Outline } from '../draw/inside-outline.ts';
import type { MapTool } from '../state/map-look.ts';

interface MapOutlineProps {
  readonly tool: Exclude<MapTool, 'pan'>;
  /** Drawn to its end, or a click where it has no extent. */
  readonly onOutline: (outline: Outline, event: PointerEvent) => void;
  /** While nothing is drawn; undefined where the pointer left. */
  readonly onHover: (event: PointerEvent | undefined) => void;
}

/** Lies over the map and takes an outline drawn by pointer: a box, or any. */
export function MapOutline({ tool, onOutline, onHover }: MapOutlineProps) {
  const drawn = useSignal<Outline>([]);
  const outline = tool === 'box' ? boxOf(drawn.value) : drawn.value;
  return (
    <svg
      class="lasso"
      aria-hidden="true"
      onPointerDown={(event) => {
        event.currentTarget.setPointerCapture(event.pointerId);
        drawn.value = [[event.offsetX, event.offsetY]];
      }}
      onPointerMove={(event) => {
        if (drawn.value.length > 0) drawn.value = [...drawn.value, [event.offsetX, event.offsetY]];
        else onHover(event);
      }}
      onPointerLeave={() => onHover(undefined)}
      onPointerUp={(event) => {
        if (drawn.value.length > 0) onOutline(outline, event);
        drawn.value = [];
      }}
      onPointerCancel={() => {
        drawn.value = [];
      }}
    >
      <polygon points={outline.map((at) => at.join(',')).join(' ')} />
    </svg>
  );
}

/** The corners of the box between where the pointer was first and last. */
function boxOf(drawn: Outline): Outline {
  const [from, to] = [drawn[0], drawn.at(-1)];
  return from && to ? [from, [to[0], from[1]], to, [from[0], to[1]]] : [];
}
