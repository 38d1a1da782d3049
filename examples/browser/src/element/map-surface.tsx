import { useSignal, useSignalEffect } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import { MapCanvas } from '../draw/map-canvas.ts';
import { pointBeside } from '../draw/map-view.ts';
import { type Point, pointOfRow, rowOf } from '../session/points.ts';
import type { MapModel } from './map-model.ts';
import type { ModelProps } from './map-view.tsx';

/** Pixels that a pointer may move in a click. */
const CLICK = 5;
const TOOLTIP_WIDTH = 250;

const ARROWS: Readonly<Record<string, readonly [number, number]>> = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, 1],
  ArrowDown: [0, -1],
};

/** The drawn map with everything that can be done by pointer and key. */
export function MapSurface({ model }: ModelProps) {
  const { parent, canvas, moved } = useCanvas(model);
  const pressed = useRef<readonly [number, number]>([0, 0]);
  const under = ({ offsetX, offsetY, pointerType }: PointerEvent) =>
    model.hasMap.value ? canvas.value?.pointAt(offsetX, offsetY, pointerType) : undefined;
  void moved.value; // the tooltip stays at its point
  const shown = model.hovered.value ?? model.focused.value;
  const at = shown && canvas.value?.pixelsOf(shown);
  return (
    <div class="surface">
      <div
        ref={parent}
        class="canvas"
        // biome-ignore lint/a11y/noNoninteractiveTabindex: arrow keys move through the points
        tabIndex={0}
        role="application"
        aria-label="Map of images and texts. Arrow keys move from point to point, Enter selects, plus and minus zoom, 0 shows all."
        onKeyDown={(event) => {
          if (event.ctrlKey || event.metaKey || event.altKey || !canvas.value) return;
          if (press(event.key, model, canvas.value)) event.preventDefault();
        }}
        onPointerMove={(event) => {
          if (event.pointerType !== 'touch') model.hover(under(event));
        }}
        onPointerLeave={() => model.hover(undefined)}
        onPointerDown={({ offsetX, offsetY }) => {
          pressed.current = [offsetX, offsetY];
        }}
        onPointerUp={(event) => {
          const [x, y] = pressed.current;
          if (Math.hypot(event.offsetX - x, event.offsetY - y) > CLICK) return; // the map was dragged
          const point = under(event);
          model.focused.value = point;
          if (point && (event.shiftKey || event.ctrlKey || event.metaKey)) model.toggle(point);
        }}
        onWheelCapture={(event) => {
          const wanted = event.ctrlKey || event.currentTarget.matches(':focus-within');
          if (!wanted) event.stopPropagation(); // the page scrolls
        }}
      />
      {shown && at && (
        <Tooltip model={model} point={shown} at={at} width={parent.current?.clientWidth ?? 0} />
      )}
      <p class="only-heard" aria-live="polite">
        {model.focused.value && wordsOf(model, model.focused.value)}
      </p>
    </div>
  );
}

/** A canvas in the element of the returned ref that shows the map as it is now. `moved` counts changes of the view. */
function useCanvas(model: MapModel) {
  const parent = useRef<HTMLDivElement>(null);
  const canvas = useSignal<MapCanvas | undefined>(undefined);
  const moved = useSignal(0);
  useEffect(() => {
    if (!parent.current) return;
    const onView = () => {
      moved.value = moved.peek() + 1;
    };
    const drawn = new MapCanvas(parent.current, onView, ({ message }) => {
      model.failure.value = message;
    });
    canvas.value = drawn;
    return () => {
      canvas.value = undefined;
      drawn.destroy();
    };
  }, [model, canvas, moved]);
  useSignalEffect(() => {
    if (model.hasMap.value) canvas.value?.draw(model.scene());
  });
  return { parent, canvas, moved };
}

/** What a key does. True if it does something. */
function press(key: string, model: MapModel, canvas: MapCanvas): boolean {
  const arrow = ARROWS[key];
  if (arrow) return step(arrow, model);
  const { value: point } = model.focused;
  if (key === '+' || key === '=') canvas.zoomBy(0.5);
  else if (key === '-') canvas.zoomBy(-0.5);
  else if (key === '0') canvas.fit();
  else if ((key === 'Enter' || key === ' ') && point) model.toggle(point);
  else return false;
  return true;
}

function step(direction: readonly [number, number], model: MapModel): boolean {
  const places = model.places.value;
  if (!places) return false;
  const n = places.length / 4;
  const from = model.focused.value;
  const row = from ? pointBeside(places, rowOf(from, n), direction) : 0;
  if (row !== undefined) model.focused.value = pointOfRow(row, n);
  return true;
}

function wordsOf(model: MapModel, { modality, pair }: Point): string {
  const { id = '', caption = '' } = model.pairs.value[pair] ?? {};
  const chosen = model.selected.value.has({ modality, pair }) ? ', selected' : '';
  return modality === 'image'
    ? `image ${id}, its text: ${caption}${chosen}`
    : `text: ${caption}, of ${id}${chosen}`;
}

interface TooltipProps extends ModelProps {
  readonly point: Point;
  readonly at: readonly [number, number];
  readonly width: number;
}

function Tooltip({ model, point, at: [x, y], width }: TooltipProps) {
  const pair = model.pairs.value[point.pair];
  if (!pair) return null;
  const left = Math.max(4, Math.min(x + 14, width - TOOLTIP_WIDTH - 4));
  return (
    <div class="tooltip" style={{ left: `${left}px`, top: `${y + 16}px`, width: `${TOOLTIP_WIDTH}px` }}>
      {pair.url && <img src={pair.url} alt="" />}
      <div>
        {pair.caption && <p class="caption">{pair.caption}</p>}
        <p class="muted">
          {point.modality} of {pair.id}
          {model.hasDistances.value &&
            `, distance to its partner ${model.distances.value[point.pair]?.toFixed(2)}`}
        </p>
      </div>
    </div>
  );
}
