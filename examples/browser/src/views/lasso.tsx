import { useSignal } from '@preact/signals';

interface LassoProps {
  readonly onOutline: (outline: [number, number][]) => void;
}

/** Lies over the map and takes an outline drawn by pointer. */
export function Lasso({ onOutline }: LassoProps) {
  const outline = useSignal<[number, number][]>([]);
  const add = ({ offsetX, offsetY }: PointerEvent) => {
    outline.value = [...outline.value, [offsetX, offsetY]];
  };
  return (
    <svg
      class="lasso"
      aria-hidden="true"
      onPointerDown={(event) => {
        event.currentTarget.setPointerCapture(event.pointerId);
        outline.value = [];
        add(event);
      }}
      onPointerMove={(event) => {
        if (outline.value.length > 0) add(event);
      }}
      onPointerUp={() => {
        onOutline(outline.value);
        outline.value = [];
      }}
      onPointerCancel={() => {
        outline.value = [];
      }}
    >
      <polygon points={outline.value.map((at) => at.join(',')).join(' ')} />
    </svg>
  );
}
