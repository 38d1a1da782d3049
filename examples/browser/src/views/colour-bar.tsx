import { viridis } from 'biomedclip-webgpu/plots';
import type { Range } from '../draw/heatmap-raster.ts';
import { shown } from '../parts/number.ts';

const STOPS = Array.from({ length: 9 }, (_, i) => `rgb(${viridis(i / 8).join(',')})`).join(',');

/** What the colours of the heatmap stand for. */
export function ColourBar({ range: [low, high] }: { readonly range: Range }) {
  return (
    <div class="colour-bar">
      <span>{shown(low)}</span>
      <div style={{ background: `linear-gradient(to right, ${STOPS})` }} />
      <span>{shown(high)}</span>
    </div>
  );
}
