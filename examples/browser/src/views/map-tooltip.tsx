import { shown } from '../parts/number.ts';
import { PairCard } from '../parts/pair-card.tsx';
import type { Point } from '../session/points.ts';
import { session } from '../state/session.ts';

interface MapTooltipProps {
  readonly point: Point;
  readonly at: readonly [number, number];
  readonly width: number;
}

const WIDTH = 250;

/** The pair under the pointer. */
export function MapTooltip({ point, at: [x, y], width }: MapTooltipProps) {
  const left = Math.max(4, Math.min(x + 14, width - WIDTH - 4));
  return (
    <div class="tooltip" style={{ left: `${left}px`, top: `${y + 16}px`, width: `${WIDTH}px` }}>
      <PairCard pair={point.pair} />
      <p class="muted">
        {point.modality}, distance to its partner {shown(session.distances.value[point.pair])}
      </p>
    </div>
  );
}
