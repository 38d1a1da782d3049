/**
 * Every eighth colour of Matplotlib's viridis (S. van der Walt and N. Smith, CC0); linear interpolation is within 2 of
 * 255.
 */
const ANCHORS =
  '440154 470d60 48186a 482374 472d7b 453781 424086 3e4989 3b528b 375b8d 33638d 2f6b8e 2c728e 297a8e 26828e 23898e ' +
  '21918c 1f978b 1f9f88 21a685 27ad81 31b57b 3dbc74 4cc26c 5cc863 6ece58 81d34d 95d840 aadc32 c0df25 d5e21a eae51a fde725';

const COLOURS = ANCHORS.split(' ').map((hex) =>
  [0, 2, 4].map((at) => Number.parseInt(hex.slice(at, at + 2), 16)),
);

/** The colour map at t in [0, 1] as three bytes; outside it, the colour of the nearer end. */
export function viridis(t: number): [number, number, number] {
  const at = Math.min(Math.max(t, 0), 1) * (COLOURS.length - 1);
  const low = Math.min(Math.floor(at), COLOURS.length - 2);
  const [from = [], to = []] = [COLOURS[low], COLOURS[low + 1]];
  const mix = (c: number) => Math.round((from[c] ?? 0) + ((to[c] ?? 0) - (from[c] ?? 0)) * (at - low));
  return [mix(0), mix(1), mix(2)];
}

/** `viridis` as CSS writes it. */
export function viridisCss(t: number): string {
  return `rgb(${viridis(t).join(',')})`;
}
