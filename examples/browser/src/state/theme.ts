import { computed, signal } from '@preact/signals';
import { type Inks, inksOn } from '../draw/inks.ts';
import type { Rgb } from '../draw/point-colours.ts';

const query = matchMedia('(prefers-color-scheme: dark)');

/** Whether the system wants dark colours. Style sheets ask it themselves; this is for what is drawn. */
export const dark = signal(query.matches);

query.addEventListener('change', ({ matches }) => {
  dark.value = matches;
});

/** Whether the system sets all colours; those of points and cells are data, and stay. */
const forcedQuery = matchMedia('(forced-colors: active)');
const forced = signal(forcedQuery.matches);

forcedQuery.addEventListener('change', ({ matches }) => {
  forced.value = matches;
});

/** What is drawn with beside the colours of points and cells. */
export const inks = computed<Inks>(() => {
  const ours = inksOn(dark.value); // asked in either case: the system's own change with it
  if (!forced.value) return ours;
  return { link: systemColour('GrayText'), ink: systemColour('CanvasText'), paper: systemColour('Canvas') };
});

function systemColour(name: string): Rgb {
  const probe = document.body.appendChild(document.createElement('i'));
  probe.style.color = name;
  const [r = 0, g = 0, b = 0] = getComputedStyle(probe).color.match(/\d+/g)?.map(Number) ?? [];
  probe.remove();
  return [r, g, b];
}
