import { linkEnds, type MapScene, rgba } from '../draw/map-scene.ts';
import type { ColourGroup } from '../draw/point-colours.ts';
import { SIDE } from '../draw/unit-square.ts';

const SCALE = 8;
const MARGIN = 24;
const ROW = 22;
const EXTENT = SIDE * SCALE + 2 * MARGIN;

/** The map as it is drawn on the page, with its legend, as SVG. */
export function mapSvg(scene: MapScene, legend: readonly ColourGroup[], paper: string): string {
  const height = EXTENT + Math.ceil(legend.length / 3) * ROW + MARGIN;
  const ink = `rgb(${scene.ink.join(',')})`;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${EXTENT} ${height}" width="${EXTENT}" height="${height}" font-family="Inter, Helvetica, Arial, sans-serif" font-size="14">`,
    `<rect width="100%" height="100%" fill="${paper}"/>`,
    ...links(scene),
    ...markers(scene),
    ...legend.map(({ name, colour }, i) => {
      const [x, y] = [MARGIN + (i % 3) * ((SIDE * SCALE) / 3), EXTENT + Math.floor(i / 3) * ROW];
      return `<circle cx="${x + 6}" cy="${y}" r="6" fill="rgb(${colour.join(',')})"/><text x="${x + 18}" y="${y + 5}" fill="${ink}">${escaped(name)}</text>`;
    }),
    '</svg>',
  ].join('\n');
}

const px = (x: number) => ((x + SIDE / 2) * SCALE + MARGIN).toFixed(2);
const py = (y: number) => ((SIDE / 2 - y) * SCALE + MARGIN).toFixed(2);

function links(scene: MapScene): string[] {
  const { from, to } = linkEnds(scene);
  const stroke = `rgb(${scene.link.join(',')})`;
  return scene.links.map((_, i) => {
    const [x1 = 0, y1 = 0] = from.subarray(2 * i);
    const [x2 = 0, y2 = 0] = to.subarray(2 * i);
    return `<line x1="${px(x1)}" y1="${py(y1)}" x2="${px(x2)}" y2="${py(y2)}" stroke="${stroke}" stroke-opacity="0.5"/>`;
  });
}

function markers(scene: MapScene): string[] {
  const colours = rgba(scene);
  const points = scene.points.length / 2;
  const radius = Math.max(1.5, Math.min(6, 80 / Math.sqrt(points)));
  return Array.from({ length: points }, (_, point) => {
    const [x = 0, y = 0] = scene.points.subarray(2 * point);
    const [r, g, b, alpha = 255] = colours.subarray(4 * point);
    const paint = `rgb(${r},${g},${b})`;
    const place = `cx="${px(x)}" cy="${py(y)}" r="${radius}" opacity="${(alpha / 255).toFixed(2)}"`;
    return point < points / 2
      ? `<circle ${place} fill="${paint}"/>`
      : `<circle ${place} fill="none" stroke="${paint}" stroke-width="${(radius * 0.4).toFixed(1)}"/>`;
  });
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
}
