import { useEffect, useRef } from 'preact/hooks';
import type { HeatmapView } from '../draw/heatmap-view.ts';
import { labelBands, labelRuns, seenOf } from './label-bands.ts';

interface HeatmapBandsProps {
  readonly view: HeatmapView;
  /** Of the matrix, in CSS pixels. */
  readonly size: number;
}

const THICK = 8;
/** Shorter runs have no room for a name. */
const NAMED = 44;

/** A stripe in the colour of its label beside each row and above each column, with names where they fit. */
export function HeatmapBands({ view, size }: HeatmapBandsProps) {
  if (!labelBands.value || size === 0) return null;
  return (
    <>
      <Band edge="top" from={view.left} view={view} size={size} />
      <Band edge="left" from={view.top} view={view} size={size} />
    </>
  );
}

interface BandProps extends HeatmapBandsProps {
  readonly edge: 'top' | 'left';
  readonly from: number;
}

function Band({ edge, from, view, size }: BandProps) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const runs = labelRuns.value;
  useEffect(() => {
    const context = canvas.current?.getContext('2d');
    if (!canvas.current || !context) return;
    const density = globalThis.devicePixelRatio || 1;
    const [length, thick] = [Math.round(size * density), Math.round(THICK * density)];
    [canvas.current.width, canvas.current.height] = edge === 'top' ? [length, thick] : [thick, length];
    for (const run of runs) {
      const seen = seenOf(run, from, view);
      if (!seen) continue;
      context.fillStyle = `rgb(${run.colour.join(',')})`;
      const [start, along] = [seen.from * length, seen.length * length];
      if (edge === 'top') context.fillRect(start, 0, along, thick);
      else context.fillRect(0, start, thick, along);
    }
  }, [edge, from, view, size, runs]);
  return (
    <>
      {/* biome-ignore lint/a11y/noAriaHiddenOnFocusable: it takes no focus */}
      <canvas aria-hidden="true" ref={canvas} class={`band ${edge}`} />
      {runs.flatMap((run) => {
        const seen = seenOf(run, from, view);
        if (!seen || seen.length * size < NAMED) return [];
        const place = { '--from': seen.from, '--length': seen.length };
        return [
          <span key={run.start} class={`band-name ${edge}`} style={place} title={run.label}>
            {run.label}
          </span>,
        ];
      })}
    </>
  );
}

/** What the stripes stand for. */
export function HeatmapLegend() {
  const bands = labelBands.value;
  if (!bands) return null;
  return (
    <ul class="heatmap-legend" aria-label="Labels of the bands">
      {bands.legend.map(({ name, colour }) => (
        <li key={name}>
          <i style={{ background: `rgb(${colour.join(',')})` }} />
          {name || '(no label)'}
        </li>
      ))}
    </ul>
  );
}
