import { useComputed, useSignal, useSignalEffect } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import { drawHeatmap } from '../draw/heatmap-canvas.ts';
import { heatmapRaster, rangeOf, shareBeyond } from '../draw/heatmap-raster.ts';
import { type HeatmapView, wholeMatrix } from '../draw/heatmap-view.ts';
import { engines } from '../state/engines.ts';
import { focused } from '../state/focus.ts';
import { cosines, heatmapCell, heatmapScale } from '../state/heatmap.ts';
import { selectedPoints } from '../state/selection.ts';
import { inks } from '../state/theme.ts';
import { rowsOf } from './heatmap-points.ts';

/** A canvas, in the returned ref, that shows the matrix as it is now; `view` is the part of it that is seen. */
export function useHeatmap() {
  const canvas = useRef<HTMLCanvasElement>(null);
  const size = useSignal(0);
  /** Counts how often the browser gave the canvas back, empty. */
  const restored = useSignal(0);
  const side = useComputed(() => 2 * (cosines.value?.pairs.length ?? 0));
  const view = useSignal<HeatmapView>(wholeMatrix(0));
  const raster = useComputed(() => {
    const matrix = cosines.value;
    void [engines.value, restored.value]; // with the GPU its pixels are gone
    if (!matrix) return undefined;
    const { values } = matrix;
    const range = heatmapScale.value === 'fixed' ? matrix.limits : rangeOf(values);
    return {
      range,
      beyond: shareBeyond(values, range),
      picture: heatmapRaster(values, side.value, range),
    };
  });
  useSignalEffect(() => {
    view.value = wholeMatrix(side.value); // another matrix is seen whole
  });
  const sequence = useComputed(() => cosines.value?.pairs.join());
  useSignalEffect(() => {
    void sequence.value; // a cell of rows in another order is of other points
    heatmapCell.value = undefined;
  });
  useEffect(() => {
    const shown = canvas.current;
    if (!shown) return;
    const observer = new ResizeObserver(() => {
      size.value = shown.clientWidth;
    });
    observer.observe(shown);
    const redraw = () => {
      restored.value = restored.peek() + 1;
    };
    shown.addEventListener('contextrestored', redraw);
    return () => {
      observer.disconnect();
      shown.removeEventListener('contextrestored', redraw);
    };
  }, [size, restored]);
  useSignalEffect(() => {
    if (!canvas.current || !raster.value || size.value === 0) return;
    const looked = focused();
    drawHeatmap(canvas.current, size.value, {
      raster: raster.value.picture,
      side: side.value,
      view: view.value,
      cell: heatmapCell.value,
      marked: rowsOf([...selectedPoints.value, ...(looked ? [looked] : [])]),
      paper: `rgb(${inks.value.paper.join(',')})`,
      ink: `rgb(${inks.value.ink.join(',')})`,
    });
  });
  return { canvas, size, side, view, raster };
}
