import { useRef } from 'preact/hooks';
import { insideOutline, isClick, type Outline } from '../draw/inside-outline.ts';
import { focused, focusOn, hovered, hoverOver } from '../state/focus.ts';
import { heardOf, neighboursHeard } from '../state/heard-point.ts';
import { isVisible } from '../state/map-hidden.ts';
import { mapPicture } from '../state/map-layout.ts';
import { mapTool, outlineHow } from '../state/map-look.ts';
import { type SelectionHow, select, toggle } from '../state/selection.ts';
import { MapHover } from './map-hover.tsx';
import { pressInMap } from './map-keys.ts';
import { MapOutline } from './map-outline.tsx';
import { MapTooltip } from './map-tooltip.tsx';
import { useMapCanvas } from './use-map-canvas.ts';

/** Pixels that a pointer may move in a click. */
const CLICK = 5;

/** The drawn map with everything that can be done by pointer and key. */
export function MapSurface() {
  const { parent, canvas, moved } = useMapCanvas();
  const outlined = (outline: Outline, event: PointerEvent) => {
    const map = canvas.value;
    if (!map) return;
    if (isClick(outline, CLICK)) return clicked(event);
    const inside = insideOutline(outline, map.points, (point) => map.pixelsOf(point));
    select(inside, 'map', howOf(event));
  };
  const pressed = useRef<readonly [number, number]>([0, 0]);
  const under = ({ offsetX, offsetY, pointerType }: PointerEvent) =>
    mapPicture.value && canvas.value?.pointAt(offsetX, offsetY, pointerType);
  const clicked = (event: PointerEvent) => {
    const point = under(event);
    focusOn(point);
    if (event.pointerType === 'touch') hoverOver(point); // a finger does not hover
    if (point !== undefined && (event.shiftKey || event.ctrlKey || event.metaKey)) toggle(point, 'map');
  };
  const [looked, over] = [focused(), hovered()];
  void moved.value; // the tooltip stays at its point
  const seen = over && mapPicture.value && isVisible(over);
  const at = seen ? canvas.value?.pixelsOf(over) : undefined;
  return (
    <div class="map-surface">
      <div
        ref={parent}
        class="map-canvas"
        // biome-ignore lint/a11y/noNoninteractiveTabindex: arrow keys move through the points
        tabIndex={0}
        role="application"
        aria-label="Map of all images and texts. Arrow keys move from point to point, Enter selects, plus and minus zoom, 0 shows all."
        aria-describedby="map-focus map-neighbours"
        onKeyDown={(event) => {
          if (event.ctrlKey || event.metaKey || event.altKey || !canvas.value) return;
          if (pressInMap(event.key, canvas.value)) event.preventDefault();
        }}
        onPointerMove={(event) => {
          if (event.pointerType !== 'touch') hoverOver(under(event));
        }}
        onPointerLeave={({ pointerType }) => {
          if (pointerType !== 'touch') hoverOver(undefined);
        }}
        onPointerDown={({ offsetX, offsetY }) => {
          pressed.current = [offsetX, offsetY];
        }}
        onPointerUp={(event) => {
          const [x, y] = pressed.current;
          const isDrag = Math.hypot(event.offsetX - x, event.offsetY - y) > CLICK;
          if (!isDrag) clicked(event);
        }}
        onWheelCapture={(event) => {
          const wanted = event.ctrlKey || event.currentTarget.contains(document.activeElement);
          if (!wanted) event.stopPropagation(); // the page scrolls
        }}
      />
      {mapTool.value !== 'pan' && (
        <MapOutline
          tool={mapTool.value}
          onOutline={outlined}
          onHover={(event) => hoverOver(event && under(event))}
        />
      )}
      {canvas.value && mapPicture.value && <MapHover canvas={canvas.value} moved={moved.value} />}
      {over && at && canvas.value?.holds(at) && (
        <MapTooltip
          point={over}
          at={at}
          width={parent.current?.clientWidth ?? 0}
          height={parent.current?.clientHeight ?? 0}
        />
      )}
      <p id="map-focus" class="only-heard" aria-live="polite">
        {looked && heardOf(looked)}
      </p>
      <p id="map-neighbours" class="only-heard" aria-live="polite">
        {looked && neighboursHeard()}
      </p>
    </div>
  );
}

function howOf({ shiftKey, altKey }: PointerEvent): SelectionHow {
  if (altKey) return 'remove';
  return shiftKey ? 'add' : outlineHow.value;
}
