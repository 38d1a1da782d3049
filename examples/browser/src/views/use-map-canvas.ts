import { useSignal, useSignalEffect } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import type { MapCanvas } from '../draw/map-canvas.ts';
import { engines } from '../state/engines.ts';
import { mapPicture } from '../state/map-layout.ts';
import { canvasTrouble } from '../state/map-look.ts';
import { checkGpuSoon } from '../state/recover.ts';
import { sceneNow } from './scene-now.ts';

/** A canvas in the element of the returned ref that shows the map as it is now. `moved` counts changes of the view. */
export function useMapCanvas() {
  const parent = useRef<HTMLDivElement>(null);
  const canvas = useSignal<MapCanvas | undefined>(undefined);
  const moved = useSignal(0);
  const made = engines.value;
  useEffect(() => {
    const { current } = parent;
    if (!current) return;
    const left = new AbortController();
    const onView = () => {
      moved.value = moved.peek() + 1;
    };
    void canvasTrouble.attempt(async () => {
      const drawn = await openMapCanvas(current, onView, left.signal);
      if (!left.signal.aborted) canvas.value = drawn;
    });
    return () => {
      left.abort();
      canvas.value = undefined;
    };
  }, [made]);
  useSignalEffect(() => {
    if (canvas.value && mapPicture.value) canvas.value.draw(sceneNow());
  });
  return { parent, canvas, moved };
}

/** What draws the map is large, so it is fetched when there is a map. It goes when `left` fires. */
async function openMapCanvas(parent: HTMLElement, onView: () => void, left: AbortSignal) {
  const { MapCanvas } = await import('../draw/map-canvas.ts');
  if (left.aborted) return undefined;
  const canvas = new MapCanvas(parent, onView, (error) => canvasTrouble.note(error));
  parent.addEventListener('webglcontextlost', checkGpuSoon, { capture: true, signal: left });
  left.addEventListener('abort', () => canvas.destroy());
  return canvas;
}
