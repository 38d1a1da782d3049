import { anchorOf, namesApart } from '../draw/map-marks.ts';
import {
  contourAlpha,
  linkEnds,
  type MapScene,
  markSizes,
  QUERY_COLOUR,
  rgba,
  ringSizes,
} from '../draw/map-scene.ts';
import type { ColourGroup, Rgb } from '../draw/point-colours.ts';
import { SIDE } from '../draw/unit-square.ts';

const SCALE = 8;
const MARGIN = 24;
const ROW = 22;
const EXTENT = SIDE * SCALE + 2 * MARGIN;
const COLUMNS = 3;

/** The map as it is drawn on the page, with its legend and how the pairs are shown, as SVG. */
export function mapSvg(scene: MapScene): string {
  const rows = Math.ceil(scene.legend.length / COLUMNS);
  const notes = [explanation(scene), scene.hiddenNote].filter((note) => note !== undefined);
  const height = EXTENT + (rows + notes.length) * ROW + MARGIN;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${EXTENT} ${height}" width="${EXTENT}" height="${height}" font-family="Inter, Helvetica, Arial, sans-serif" font-size="14">`,
    `<rect width="100%" height="100%" fill="${rgb(scene.paper)}"/>`,
    ...contours(scene),
    ...links(scene),
    ...markers(scene),
    ...rings(scene),
    ...query(scene),
    ...names(scene),
    ...scene.legend.map((group, i) => legendEntry(group, i, scene)),
    ...notes.map((note, i) => text(MARGIN, EXTENT + (rows + i) * ROW + 5, note, scene.ink)),
    '</svg>',
  ].join('\n');
}

const px = (x: number) => ((x + SIDE / 2) * SCALE + MARGIN).toFixed(2);
const py = (y: number) => ((SIDE / 2 - y) * SCALE + MARGIN).toFixed(2);
const rgb = (colour: Rgb) => `rgb(${colour.join(',')})`;
const opacity = (alpha: number) => (alpha / 255).toFixed(2);

function explanation({ shownName, layoutName }: MapScene): string {
  const shown = shownName === undefined ? 'as the model embedded them' : `closed: ${shownName}`;
  return `${layoutName === undefined ? '' : `${layoutName}; `}discs are images, rings texts; ${shown}`;
}

function links(scene: MapScene): string[] {
  const { from, to } = linkEnds(scene);
  const { width, alpha } = markSizes(scene).link;
  return scene.links.map((_, i) => {
    const [x1 = 0, y1 = 0] = from.subarray(2 * i);
    const [x2 = 0, y2 = 0] = to.subarray(2 * i);
    return `<line x1="${px(x1)}" y1="${py(y1)}" x2="${px(x2)}" y2="${py(y2)}" stroke="${rgb(scene.link)}" stroke-width="${width}" stroke-opacity="${opacity(alpha)}"/>`;
  });
}

function markers(scene: MapScene): string[] {
  const colours = rgba(scene);
  const rows = scene.points.length / 2;
  const { radius, ring } = markSizes(scene);
  const drawn = scene.visible ?? Array.from({ length: rows }, (_, row) => row);
  return drawn.map((row) => {
    const [r = 0, g = 0, b = 0, alpha = 255] = colours.subarray(4 * row);
    const place = `${placeOf(scene, row)} r="${radius.toFixed(2)}" opacity="${opacity(alpha)}"`;
    return row < rows / 2
      ? `<circle ${place} fill="${rgb([r, g, b])}"/>`
      : `<circle ${place} fill="none" stroke="${rgb([r, g, b])}" stroke-width="${ring.toFixed(2)}"/>`;
  });
}

function contours({ regions, ink }: MapScene): string[] {
  return (regions?.lines ?? []).map(({ level, ring }) => {
    const path = ring.map(([x, y]) => `${px(x)},${py(y)}`).join(' ');
    return `<polygon class="contour" points="${path}" fill="none" stroke="${rgb(ink)}" stroke-opacity="${opacity(contourAlpha(level))}"/>`;
  });
}

function names({ regions, ink, paper }: MapScene): string[] {
  return namesApart(regions?.regions ?? [], SCALE).map((region) => {
    const place = `x="${px(region.at[0])}" y="${py(region.at[1])}" text-anchor="${anchorOf(region)}"`;
    const halo = `stroke="${rgb(paper)}" stroke-width="4" paint-order="stroke"`;
    return `<text class="name" ${place} font-weight="600" fill="${rgb(ink)}" ${halo}>${escaped(region.name)}</text>`;
  });
}

function rings(scene: MapScene): string[] {
  const { radius } = markSizes(scene);
  return scene.ringed.map((row, i) => {
    const { radius: around, line, alpha } = ringSizes(radius, i);
    return `<circle class="ringed" ${placeOf(scene, row)} r="${around.toFixed(2)}" fill="none" stroke="${rgb(scene.ink)}" stroke-width="${line}" stroke-opacity="${opacity(alpha)}"/>`;
  });
}

function query(scene: MapScene): string[] {
  if (!scene.query) return [];
  const [x, y] = scene.query;
  const { radius, line } = markSizes(scene).query;
  return [
    `<circle class="query" cx="${px(x)}" cy="${py(y)}" r="${radius}" fill="${rgb(QUERY_COLOUR)}" stroke="${rgb(scene.ink)}" stroke-width="${line}"/>`,
  ];
}

function placeOf({ points }: MapScene, row: number): string {
  const [x = 0, y = 0] = points.subarray(2 * row);
  return `cx="${px(x)}" cy="${py(y)}"`;
}

function legendEntry({ name, colour, mark }: ColourGroup, i: number, { ink }: MapScene): string {
  const x = MARGIN + (i % COLUMNS) * ((SIDE * SCALE) / COLUMNS);
  const y = EXTENT + Math.floor(i / COLUMNS) * ROW;
  const paint =
    mark === 'ring' ? `fill="none" stroke="${rgb(colour)}" stroke-width="2"` : `fill="${rgb(colour)}"`;
  return `<circle class="legend" cx="${x + 6}" cy="${y}" r="${mark === 'ring' ? 5 : 6}" ${paint}/>${text(x + 18, y + 5, name, ink)}`;
}

function text(x: number, y: number, words: string, ink: Rgb): string {
  return `<text x="${x}" y="${y}" fill="${rgb(ink)}">${escaped(words)}</text>`;
}

function escaped(words: string): string {
  return words.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
}
