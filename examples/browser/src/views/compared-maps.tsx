import { useSignal, useSignalEffect } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import { pointColours } from '../draw/point-colours.ts';
import { drawSmallMap, pixelsOf } from '../draw/small-map.ts';
import { pointOfRow, rowOf } from '../session/points.ts';
import { type Compared, comparedMaps, comparedMapsTrouble } from '../state/compare.ts';
import { focused, focusOn, hovered, hoverOver } from '../state/focus.ts';
import { colourMode } from '../state/map-look.ts';
import { session } from '../state/session.ts';
import { dark, inks } from '../state/theme.ts';
import { TroubleNote } from './trouble-note.tsx';

/** Pixels around a point that still mean it. */
const REACH = 14;

/** The maps of A and B side by side; what is pointed at in one is marked in both. */
export function ComparedMaps({ found }: { readonly found: Compared }) {
  if (comparedMaps.pending) return <p class="hint">Laying out A from the places of B…</p>;
  const maps = comparedMaps.value;
  if (comparedMapsTrouble.words) return <TroubleNote of={comparedMapsTrouble} />;
  if (!maps) return <p class="hint">Once the map lies still, A and B are drawn side by side.</p>;
  return (
    <div class="compared-maps">
      <SmallMap name={found.nameA} places={maps.a} pairs={found.pairs} />
      <SmallMap name={found.nameB} places={maps.b} pairs={found.pairs} />
    </div>
  );
}

interface SmallMapProps {
  readonly name: string;
  readonly places: Float32Array;
  /** Which of the open pairs they are of. */
  readonly pairs: readonly number[];
}

function SmallMap({ name, places, pairs }: SmallMapProps) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const size = useSignal(0);
  useEffect(() => {
    const { current } = canvas;
    if (!current) return;
    const observer = new ResizeObserver(() => {
      size.value = current.clientWidth;
    });
    observer.observe(current);
    return () => observer.disconnect();
  }, [size]);
  useSignalEffect(() => {
    if (!canvas.current || size.value === 0) return;
    const rows = pairs.flatMap((pair) => session.pairs.value[pair] ?? []);
    const distances = Float32Array.from(pairs, (pair) => session.distances.value[pair] ?? 0);
    const looked = hovered() ?? focused();
    const at = looked ? pairs.indexOf(looked.pair) : -1;
    drawSmallMap(canvas.current, size.value, {
      places,
      rgb: pointColours(colourMode.value, rows, distances, dark.value).rgb,
      marked: looked && at >= 0 ? rowOf({ ...looked, pair: at }, pairs.length) : undefined,
      ink: inks.value.ink,
    });
  });
  const under = ({ offsetX, offsetY }: PointerEvent) => {
    const pixels = pixelsOf(places, size.value);
    let [best, found]: [number, number | undefined] = [REACH ** 2, undefined];
    for (let row = 0; row < pixels.length / 2; row++) {
      const far = ((pixels[2 * row] ?? 0) - offsetX) ** 2 + ((pixels[2 * row + 1] ?? 0) - offsetY) ** 2;
      if (far < best) [best, found] = [far, row];
    }
    if (found === undefined) return undefined;
    const { modality, pair } = pointOfRow(found, pairs.length);
    return { modality, pair: pairs[pair] ?? 0 };
  };
  return (
    <figure>
      <figcaption>{name}</figcaption>
      {/* biome-ignore lint/a11y/noAriaHiddenOnFocusable: it takes no focus; the table below has the same for those who cannot point */}
      <canvas
        ref={canvas}
        aria-hidden="true"
        onPointerMove={(event) => {
          const point = under(event);
          if (point) hoverOver(point);
          else hoverOver();
        }}
        onPointerLeave={() => hoverOver()}
        onPointerUp={(event) => focusOn(under(event))}
      />
    </figure>
  );
}
