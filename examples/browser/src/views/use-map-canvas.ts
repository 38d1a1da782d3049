import { useSignal, useSignalEffect } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import { MapCanvas } from '../draw/map-canvas.ts';
import { mapStep } from '../state/map.ts';
import { report } from '../state/messages.ts';
import { checkGpuSoon, generation } from '../state/recover.ts';
import { sceneNow } from './scene-now.ts';

/** A canvas in the element of the returned ref that shows the map as it is now. `moved` counts changes of the view. */
export function useMapCanvas() {
  const parent = useRef<HTMLDivElement>(null);
  const canvas = useSignal<MapCanvas | undefined>(undefined);
  const moved = useSignal(0);
  const made = generation.value;
  useEffect(() => {
    const { current } = parent;
    if (!current) return;
    current.addEventListener('webglcontextlost', checkGpuSoon, { capture: true });
    const drawn = new MapCanvas(
      current,
      () => {
        moved.value = moved.peek() + 1;
      },
      report,
    );
    canvas.value = drawn;
    return () => {
      canvas.value = undefined;
      current.removeEventListener('webglcontextlost', checkGpuSoon, { capture: true });
      drawn.destroy();
    };
  }, [made]);
  useSignalEffect(() => {
    if (canvas.value && mapStep.value) canvas.value.draw(sceneNow());
  });
  return { parent, canvas, moved };
}
