import { viridis } from 'biomedclip-webgpu/plots';
import type { Range } from '../draw/heatmap-raster.ts';
import { percent, shown } from '../parts/number.ts';

const STOPS = Array.from({ length: 9 }, (_, i) => `rgb(${viridis(i / 8).join(',')})`).join(',');

interface ColourBarProps {
  readonly range: Range;
  /** The share of cells that lie beyond. */
  readonly beyond: number;
}

/** What the colours of the heatmap stand for. */
export function ColourBar({ range: [low, high], beyond }: ColourBarProps) {
  return (
    <>
      <div class="colour-bar">
        <span>{shown(low)}</span>
        <div style={{ background: `linear-gradient(to right, ${STOPS})` }} />
        <span>{shown(high)}</span>
      </div>
      {beyond > 0 && (
        <p class="hint beyond">
          {percent(beyond, 1)} of the cells lie beyond and have the colour of the end.
        </p>
      )}
    </>
  );
}
