import { shown } from '../parts/number.ts';
import { Thumbnail } from '../parts/thumbnail.tsx';
import type { Point } from '../session/points.ts';
import { session } from '../state/session.ts';

interface MapTooltipProps {
  readonly point: Point;
  readonly at: readonly [number, number];
  readonly width: number;
  readonly height: number;
}

const WIDTH = 270;
/** About as high as it gets. */
const HEIGHT = 150;

/** The pair under the pointer: the point, its partner, and how far apart they are. */
export function MapTooltip({ point, at: [x, y], width, height }: MapTooltipProps) {
  const pair = session.pairs.value[point.pair];
  if (!pair) return null;
  const left = Math.max(4, Math.min(x + 14, width - WIDTH - 4));
  const vertical =
    y + HEIGHT > height && y > height / 2 ? { bottom: `${height - y + 14}px` } : { top: `${y + 16}px` };
  const distance = session.distances.value[point.pair];
  return (
    <div class="tooltip" style={{ left: `${left}px`, width: `${WIDTH}px`, ...vertical }}>
      <div class="pair-card">
        <Thumbnail url={pair.url} name={pair.id} alt={pair.id} />
        <div>
          <p class={point.modality === 'text' ? 'caption looked-at' : 'caption'}>
            {pair.caption || '(empty caption)'}
          </p>
          <p class={point.modality === 'image' ? 'muted looked-at' : 'muted'}>{pair.id}</p>
        </div>
      </div>
      <p class="muted">
        the {point.modality} and its {point.modality === 'image' ? 'text' : 'image'}: cosine{' '}
        {shown(cosineOf(distance))}, distance {shown(distance)}
      </p>
    </div>
  );
}

/** Embeddings have length 1, as they are and closed. */
function cosineOf(distance: number | undefined): number | undefined {
  return distance === undefined ? undefined : 1 - distance ** 2 / 2;
}
