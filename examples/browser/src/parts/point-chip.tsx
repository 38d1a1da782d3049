import { isSame, type Point } from '../session/points.ts';
import { focused, focusOn, hoverOver } from '../state/focus.ts';
import { pointName } from '../state/pairs.ts';
import { session } from '../state/session.ts';
import { Thumbnail } from './thumbnail.tsx';

interface PointChipProps {
  readonly point: Point;
  /** Shown at the right, such as a cosine. */
  readonly value?: string;
  /** What a screen reader hears for the value. */
  readonly valueName?: string;
}

/** A point as a button with its thumbnail or text: looks at it more closely when pressed. */
export function PointChip({ point, value, valueName }: PointChipProps) {
  const pair = session.pairs.value[point.pair];
  return (
    <button
      type="button"
      class="chip"
      aria-pressed={isSame(focused(), point)}
      onClick={() => focusOn(point)}
      onPointerEnter={() => hoverOver(point)}
      onPointerLeave={() => hoverOver(undefined)}
    >
      {point.modality === 'image' ? (
        <Thumbnail url={pair?.url} name={pair?.id ?? ''} />
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
