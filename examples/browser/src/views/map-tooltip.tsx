import { shown } from '../parts/number.ts';
import { PairCard } from '../parts/pair-card.tsx';
import { distances, isImage, pairOf } from '../state/pairs.ts';

interface MapTooltipProps {
  readonly point: number;
  readonly at: readonly [number, number];
  readonly width: number;
}

const WIDTH = 250;

/** The pair under the pointer. */
export function MapTooltip({ point, at: [x, y], width }: MapTooltipProps) {
  const left = Math.max(4, Math.min(x + 14, width - WIDTH - 4));
  return (
    <div class="tooltip" style={{ left: `${left}px`, top: `${y + 16}px`, width: `${WIDTH}px` }}>
      <PairCard pair={pairOf(point)} />
      <p class="muted">
        {isImage(point) ? 'image' : 'text'}, distance to its partner {shown(distances.value[pairOf(point)])}
      </p>
    </div>
  );
}
