import { useRef } from 'preact/hooks';
import { moved, zoomed } from '../draw/heatmap-view.ts';
import { hoverOver } from '../state/focus.ts';
import { heatmapCell, isCellHeard } from '../state/heatmap.ts';
import { select } from '../state/selection.ts';
import { pressInHeatmap } from './heatmap-keys.ts';
import { pointOfCell } from './heatmap-points.ts';
import type { useHeatmap } from './use-heatmap.ts';

/** Pixels that a pointer may move in a click. */
const CLICK = 5;

/** The canvas of the heatmap with everything that can be done by pointer and key. */
export function HeatmapSurface({ heatmap }: { readonly heatmap: ReturnType<typeof useHeatmap> }) {
  const { canvas, size, side, view } = heatmap;
  const drag = useRef<{ x: number; y: number; moved: boolean } | undefined>(undefined);
  const cellAt = ({ offsetX, offsetY }: PointerEvent) => {
    const at = (start: number, offset: number) =>
      Math.min(side.value - 1, Math.max(0, Math.floor(start + (offset / size.value) * view.value.cells)));
    return [at(view.value.top, offsetY), at(view.value.left, offsetX)] as const;
  };
  const pan = (event: PointerEvent) => {
    const from = drag.current;
    if (!from) return;
    const [dx, dy] = [event.offsetX - from.x, event.offsetY - from.y];
    if (!from.moved && Math.hypot(dx, dy) < CLICK) return;
    view.value = moved(view.value, side.value, dx / size.value, dy / size.value);
    drag.current = { x: event.offsetX, y: event.offsetY, moved: true };
  };
  return (
    <div
      class={view.value.cells < side.value ? 'heatmap zoomed' : 'heatmap'}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: arrow keys move through the cells
      tabIndex={0}
      role="application"
      aria-label="Heatmap of cosines. Arrow keys move from cell to cell, Enter selects both points, plus and minus zoom, 0 shows all."
      onKeyDown={(event) => {
        if (event.ctrlKey || event.metaKey || event.altKey) return;
        const next = pressInHeatmap(event.key, view.value, side.value);
        if (!next) return;
        view.value = next;
        isCellHeard.value = true;
        event.preventDefault();
      }}
      onPointerDown={(event) => {
        canvas.current?.setPointerCapture(event.pointerId);
        drag.current = { x: event.offsetX, y: event.offsetY, moved: false };
      }}
      onPointerMove={(event) => {
        pan(event);
        isCellHeard.value = false;
        heatmapCell.value = cellAt(event);
        hoverOver(...cellAt(event).map(pointOfCell));
      }}
      onPointerLeave={() => hoverOver()}
      onPointerUp={(event) => {
        const clicked = drag.current && !drag.current.moved;
        drag.current = undefined;
        if (!clicked) return;
        heatmapCell.value = cellAt(event);
        select(cellAt(event).map(pointOfCell), 'heatmap');
      }}
      onPointerCancel={() => {
        drag.current = undefined;
      }}
      onWheel={(event) => {
        if (!event.ctrlKey && document.activeElement !== event.currentTarget) return; // the page scrolls
        event.preventDefault();
        const [x, y] = [event.offsetX / size.value, event.offsetY / size.value];
        view.value = zoomed(view.value, side.value, Math.exp(-event.deltaY / 300), x, y);
      }}
    >
      {/* biome-ignore lint/a11y/noAriaHiddenOnFocusable: it takes no focus, and what is around it has the name */}
      <canvas ref={canvas} aria-hidden="true" />
    </div>
  );
}
