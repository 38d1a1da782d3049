import { focused, hovered } from '../state/focus.ts';
import { isImage, pairOf, pairs, pointName } from '../state/pairs.ts';

interface PointChipProps {
  readonly point: number;
  /** Shown at the right, such as a cosine. */
  readonly value?: string;
  /** What a screen reader hears for the value. */
  readonly valueName?: string;
}

/** A point as a button with its thumbnail or text: looks at it more closely when pressed. */
export function PointChip({ point, value, valueName }: PointChipProps) {
  const pair = pairs.value[pairOf(point)];
  return (
    <button
      type="button"
      class="chip"
      aria-pressed={focused.value === point}
      onClick={() => {
        focused.value = point;
      }}
      onPointerEnter={() => {
        hovered.value = point;
      }}
      onPointerLeave={() => {
        hovered.value = undefined;
      }}
    >
      {isImage(point) ? (
        <img src={pair?.url} alt="" loading="lazy" />
      ) : (
        <span class="text-mark" aria-hidden="true">
          T
        </span>
      )}
      <span class="chip-name">{pointName(point)}</span>
      {value !== undefined && (
        <span class="chip-value">
          {valueName && <span class="only-heard">{valueName} </span>}
          {value}
        </span>
      )}
    </button>
  );
}
