// The judges: Matplotlib for the colour map; sharp for what a raster shows; resvg, which parses strictly, for the SVG;
// counts and sizes that follow from the input. What pictures look like was checked by eye at 9, 500 and 5,000 pairs.
import { readFileSync } from 'node:fs';
import sharp from 'sharp';
import { describe, expect, test } from 'vitest';
import { svgToPng } from '../src/node/svg-to-png.ts';
import { FIGURE_WIDTH } from '../src/plots/chart.ts';
import { closingFront } from '../src/plots/closing-front.ts';
import { cosineHeatmap } from '../src/plots/heatmap.ts';
import { quadrantHistograms } from '../src/plots/histograms.ts';
import { nearestInMap } from '../src/plots/nearest-in-map.ts';
import { number } from '../src/plots/number.ts';
import { pairColours } from '../src/plots/pair-colours.ts';
import { placeLabels } from '../src/plots/place-labels.ts';
import { quadrantValues } from '../src/plots/quadrants.ts';
import { evenSample, sampleText } from '../src/plots/sample.ts';
import { temperatureSweep } from '../src/plots/temperature-sweep.ts';
import { CLASS_HUES, HUES, paint } from '../src/plots/theme.ts';
import { tsneMap } from '../src/plots/tsne-map.ts';
import { viridis } from '../src/plots/viridis.ts';
import { shorten, textWidth, wrapText } from '../src/plots/wrap-text.ts';

/** Cosines of n images and n texts: 1 with itself, 0.6 among images, 0.8 among texts, 0.4 for pairs, else 0.2. */
function blocks(n: number): Float32Array {
  const value = (i: number, j: number) => {
    if (i === j) return 1;
    if (i < n && j < n) return 0.6;
    if (i >= n && j >= n) return 0.8;
    return i % n === j % n ? 0.4 : 0.2;
  };
  return Float32Array.from({ length: 4 * n * n }, (_, at) => value(Math.floor(at / (2 * n)), at % (2 * n)));
}

const texts = (svg: string) => [...svg.matchAll(/<text [^>]*>([^<]*)</g)].map(([, text]) => text ?? '');
const wholeText = (svg: string) => texts(svg).join(' ');

/** A linear congruential generator (Numerical Recipes), so that every run draws the same. */
function random(seed = 1): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

/** Simulations of complete protanopia, deuteranopia and tritanopia in linear RGB (Machado et al. 2009, severity 1). */
const MACHADO = {
  none: [1, 0, 0, 0, 1, 0, 0, 0, 1],
  protan: [0.152286, 1.052583, -0.204868, 0.114503, 0.786281, 0.099216, -0.003882, -0.048116, 1.051998],
  deutan: [0.367322, 0.860646, -0.227968, 0.280085, 0.672501, 0.047413, -0.01182, 0.04294, 0.968881],
  tritan: [1.255528, -0.076749, -0.178779, -0.078411, 0.930809, 0.147602, 0.004733, 0.691367, 0.3039],
};

/** CIE 1976 L*a*b* (D65) of an sRGB colour, seen through a matrix. */
function labOf(hex: string, matrix: readonly number[]): number[] {
  const linear = [1, 3, 5].map((at) => {
    const value = Number.parseInt(hex.slice(at, at + 2), 16) / 255;
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  });
  const [r = 0, g = 0, b = 0] = [0, 3, 6].map((row) =>
    Math.min(
      1,
      Math.max(
        0,
        linear.reduce((sum, value, c) => sum + value * (matrix[row + c] ?? 0), 0),
      ),
    ),
  );
  const f = (t: number) => (t > 0.008856 ? Math.cbrt(t) : 7.787 * t + 16 / 116);
  const x = f((0.4124 * r + 0.3576 * g + 0.1805 * b) / 0.95047);
  const y = f(0.2126 * r + 0.7152 * g + 0.0722 * b);
  const z = f((0.0193 * r + 0.1192 * g + 0.9505 * b) / 1.08883);
  return [116 * y - 16, 500 * (x - y), 200 * (y - z)];
}

test('viridis is Matplotlib’s within 2 of 255', () => {
  const golden: number[][] = JSON.parse(
    readFileSync(new URL('golden/viridis.json', import.meta.url), 'utf8'),
  );
  for (const [i, colour] of golden.entries()) {
    for (const [c, value] of viridis(i / 255).entries()) {
      expect(Math.abs(value - (colour[c] ?? Number.NaN))).toBeLessThanOrEqual(2);
    }
  }
  expect(viridis(-1)).toEqual(viridis(0));
  expect(viridis(2)).toEqual(viridis(1));
});

test('quadrants: each pair of rows once, and no row with itself', () => {
  const { imageImage, textText, matched, mismatched } = quadrantValues(blocks(4), 4);
  expect([...imageImage]).toEqual(Array(6).fill(Math.fround(0.6)));
  expect([...textText]).toEqual(Array(6).fill(Math.fround(0.8)));
  expect([...matched]).toEqual(Array(4).fill(Math.fround(0.4)));
  expect([...mismatched]).toEqual(Array(12).fill(Math.fround(0.2)));
});

describe('heatmap', () => {
  const heatmap = (n: number, pairsInAll = n) =>
    cosineHeatmap({
      cosines: blocks(n),
      imageLabels: Array.from({ length: n }, (_, i) => `picture-${i + 1}.png`),
      textLabels: Array.from({ length: n }, (_, i) => `caption <${i + 1}> & more`),
      pairsInAll,
    });

  test('nine pairs: every row named, quadrants named with their means', async () => {
    const { svg, title } = heatmap(9);
    expect(title).toBe(
      'Mean cosine: text–text 0.80 is the brightest, then image–image 0.60, image–text 0.22',
    );
    const all = texts(svg);
    for (let i = 1; i <= 9; i++) {
      expect(all).toContain(`${i} picture-${i}.png`);
      expect(all).toContain(`${i} caption &lt;${i}&gt; &amp; more`);
    }
    for (const name of ['image–image 0.60', 'image–text 0.22', 'text–image 0.22', 'text–text 0.80']) {
      expect(all).toContain(name);
    }
    expect(all).toContain('1.00'); // the colour bar’s end
    expect(await svgToPng(paint(svg, 'light'))).not.toHaveLength(0);
  });

  test('the cells are one raster, in the colours of their values', async () => {
    const [, uri = ''] = /<image [^>]*href="data:image\/png;base64,([^"]+)"/.exec(heatmap(9).svg) ?? [];
    const { data, info } = await sharp(Buffer.from(uri, 'base64'))
      .removeAlpha()
      .raw()
      .toBuffer({ resolveWithObject: true });
    const cell = info.width / 18;
    const colourAt = (row: number, column: number) => {
      const at =
        (Math.floor((row + 0.5) * cell) * info.width + Math.floor((column + 0.5) * cell)) * info.channels;
      return [...data.subarray(at, at + 3)];
    };
    const cells = [
      [0, 0, 1],
      [0, 1, 0.6],
      [3, 12, 0.4],
      [12, 4, 0.2],
      [17, 9, 0.8],
    ] as const;
    for (const [row, column, value] of cells) {
      const expected = viridis((value - 0.2) / 0.8); // 0.2 is the lowest value, 1 the highest
      for (const [c, channel] of colourAt(row, column).entries()) {
        expect(Math.abs(channel - (expected[c] ?? Number.NaN))).toBeLessThanOrEqual(4); // 64 levels
      }
    }
  });

  test('500 of 5,000 pairs: no row named, the sample announced, and small', () => {
    const { svg } = heatmap(500, 5_000);
    expect(wholeText(svg)).toContain('500 of 5,000 pairs, evenly sampled');
    expect(wholeText(svg)).not.toContain('picture-');
    expect(svg.match(/<image /g)).toHaveLength(2); // cells and colour bar
    expect(svg.length).toBeLessThan(1e6);
  });

  test('beyond what can be read, pairs are ordered by group, with bands and names', async () => {
    const n = 20;
    const groups = Array.from({ length: n }, (_, i) => (i % 4 === 0 ? 'rare' : 'common')); // 5 and 15
    const labels = Array(n).fill('');
    // Image i and image j: 1 in one group, else 0; so ordered, the images' quadrant has two blocks.
    const cosines = Float32Array.from({ length: 4 * n * n }, (_, at) => {
      const [i, j] = [Math.floor(at / (2 * n)), at % (2 * n)];
      return groups[i % n] === groups[j % n] ? 1 : 0;
    });
    const input = { cosines, imageLabels: labels, textLabels: labels, pairsInAll: n };
    const { svg, subtitle } = cosineHeatmap({ ...input, groups });
    expect(subtitle).toContain('ordered by group');
    expect(texts(svg)).toEqual(expect.arrayContaining(['common (15)', 'rare (5)']));
    for (const hue of CLASS_HUES.slice(0, 2)) {
      expect(svg.split(`fill="${hue}"`)).toHaveLength(1 + 4 + 1); // beside and above images and texts, and the legend
    }
    const uri = svg.match(/data:image\/png;base64,([^"]*)"/)?.[1] ?? '';
    const { data, info } = await sharp(Buffer.from(uri, 'base64'))
      .removeAlpha()
      .raw()
      .toBuffer({ resolveWithObject: true });
    const cell = info.width / (2 * n);
    const at = (i: number, j: number) => {
      const from = (Math.floor((i + 0.5) * cell) * info.width + Math.floor((j + 0.5) * cell)) * 3;
      return [...data.subarray(from, from + 3)];
    };
    for (let i = 0; i < n; i++) {
      for (let j = 0; j < n; j++) expect(at(i, j)).toEqual(i < 15 === j < 15 ? viridis(1) : viridis(0));
    }
    expect(() => cosineHeatmap({ ...input, groups: groups.slice(1) })).toThrow('groups');

    const few = cosineHeatmap({
      cosines: new Float32Array(36).fill(1),
      ...{ imageLabels: ['1', '2', '3'], textLabels: ['a', 'b', 'c'], pairsInAll: 3 },
      groups: ['x', 'y', 'x'],
    });
    expect(few.svg.match(new RegExp(CLASS_HUES[0] ?? '', 'gi'))?.length).toBeGreaterThanOrEqual(8); // 4 sides of 2 runs
    expect(texts(few.svg).filter((text) => /^\d \w/.test(text))).toEqual([
      '1 1',
      '2 2',
      '3 3',
      '1 a',
      '2 b',
      '3 c',
    ]);
    expect(few.subtitle).not.toContain('ordered by');
    const inOrder = cosineHeatmap({ ...input, groups, groupOrder: ['rare', 'none', 'common'] });
    const hue = (name: string, { svg: drawn }: { svg: string }) => drawn.indexOf(name);
    expect(inOrder.svg).toContain(CLASS_HUES[2]);
    expect(hue('rare', inOrder)).toBeLessThan(hue('common', inOrder));
    expect(inOrder.svg).not.toContain('none (');
    const incomplete = cosineHeatmap({ ...input, groups, groupOrder: ['common'] }); // as if 'rare' came last
    const cells = (drawn: string) => drawn.match(/data:image\/png;base64,([^"]*)"/)?.[1];
    expect(texts(incomplete.svg)).toEqual(texts(svg));
    expect(cells(incomplete.svg)).toBe(cells(svg));
    const asGiven = cosineHeatmap({ ...input, groups, orderedBy: 'cluster' });
    expect(asGiven.subtitle).toContain('ordered by cluster');
    expect(asGiven.svg).toContain(cosineHeatmap(input).svg.match(/data:image[^"]*"/)?.[0] ?? 'no raster');
    // rare, three common, rare, ...: five runs of each, four stripes a run, and the legend
    for (const hue of CLASS_HUES.slice(0, 2)) {
      expect(asGiven.svg.split(`fill="${hue}"`)).toHaveLength(1 + 4 * 5 + 1);
    }
  });

  test('limits of the colours: what lies beyond has the colour of the end', () => {
    const input = { cosines: blocks(9), imageLabels: Array(9).fill(''), textLabels: Array(9).fill('') };
    const all = texts(cosineHeatmap({ ...input, pairsInAll: 9, range: [0.25, 0.75] }).svg);
    expect(all).toEqual(expect.arrayContaining(['0.25', '0.75']));
    expect(() => cosineHeatmap({ ...input, pairsInAll: 9, range: [1, 0] })).toThrow(
      'range must be two numbers, the lower first',
    );
  });

  test('without a title it is left to the caption', () => {
    const input = {
      cosines: blocks(3),
      imageLabels: ['a', 'b', 'c'],
      textLabels: ['d', 'e', 'f'],
      pairsInAll: 3,
    };
    const [drawn, bare] = [cosineHeatmap(input), cosineHeatmap({ ...input, title: false })];
    expect(wholeText(drawn.svg)).toContain(drawn.subtitle);
    expect(bare).toMatchObject({ title: drawn.title, subtitle: drawn.subtitle });
    expect(wholeText(bare.svg)).not.toContain('Cosine similarity');
    expect(bare.height).toBeLessThan(drawn.height);
    expect(bare.svg).toContain(`<title>${drawn.title}</title>`);
  });

  test('a single pair has no quadrant within a modality', () => {
    const { svg, title } = heatmap(1);
    expect(title).toBe('Mean cosine: image–text 0.40 is the brightest');
    expect(wholeText(svg)).not.toContain('NaN');
  });
});

describe('t-SNE map', () => {
  /** Images at the left, texts at the right; or every text next to its image. */
  function map(n: number, { together = false, classes = undefined as string[] | undefined } = {}) {
    const next = random();
    const images = Array.from({ length: n }, (_, i) => [
      (i % 40) + 0.2 * next(),
      Math.floor(i / 40) + 0.2 * next(),
    ]);
    const shift = together ? 0.05 : 100;
    const points = Float32Array.from([images, images.map(([x = 0, y = 0]) => [x + shift, y])].flat(2));
    const names = Array.from({ length: n }, (_, i) => `subject ${i + 1}`);
    const distances = names.map(() => next());
    return tsneMap({ points, names, distances, classes, perplexity: 3, klDivergence: 0.25 });
  }
  const subpaths = (svg: string, attribute: 'fill' | 'stroke', colours: readonly string[]) =>
    colours
      .flatMap((colour) => [
        ...svg.matchAll(
          new RegExp(`<path d="([^"]*)"[^>]* ${attribute}="${colour.replace(/[()]/g, '\\$&')}"`, 'g'),
        ),
      ])
      .reduce((sum, [, d = '']) => sum + (d.match(/M/g)?.length ?? 0), 0);

  test('nine pairs: a hue each, filled images, hollow texts, linked and named', async () => {
    const { svg, title } = map(9);
    expect(title).toBe(
      't-SNE separates the modalities: 100 % of nearest neighbours are of the same modality',
    );
    const used = HUES.slice(0, 9);
    expect(subpaths(svg, 'fill', used)).toBe(9 + 9); // markers of images, and the legend
    expect(subpaths(svg, 'stroke', used)).toBe(9 + 9); // markers of texts, and links
    for (let i = 1; i <= 9; i++) expect(texts(svg)).toContain(`${i} subject ${i}`);
    expect(wholeText(svg)).toContain('Perplexity 3, KL divergence 0.250');
    expect(await svgToPng(paint(svg, 'dark'))).not.toHaveLength(0);
  });

  test('texts beside their images mix the modalities', () => {
    expect(map(9, { together: true }).title).toBe(
      't-SNE mixes the modalities: 0 % of nearest neighbours are of the same modality',
    );
  });

  test('500 pairs by distance: every point drawn once', () => {
    const { svg } = map(500);
    const { groups } = pairColours(Array(500).fill(''), Array(500).fill(0));
    const colours = groups.map(({ colour }) => colour);
    expect(subpaths(svg, 'fill', colours) - colours.length).toBe(500); // less the legend
    expect(subpaths(svg, 'stroke', colours)).toBe(500);
    expect(wholeText(svg)).toContain(
      'by the distance within the pair. Lines join the image and the text of 250 pairs.',
    );
  });

  test('5,000 pairs: the sample announced, and small', () => {
    const { svg } = map(5_000);
    expect(wholeText(svg)).toContain('2,500 of 5,000 pairs, evenly sampled');
    expect(svg.length).toBeLessThan(1e6);
  });

  test('many pairs by class where classes are known, the smallest together', () => {
    const classes = Array.from({ length: 60 }, (_, i) => `class ${i % 16}`);
    const all = wholeText(map(60, { classes }).svg);
    expect(all).toContain('coloured by label');
    expect(all).toContain('8 smaller groups'); // of 16 classes, 8 have a hue
  });

  test('few pairs are coloured by class too, where classes are shared', () => {
    const { groups, by } = pairColours(['a', 'b', 'c'], [1, 2, 3], ['x', 'y', 'x']);
    expect({ by, groups }).toEqual({
      by: 'class',
      groups: [
        { colour: CLASS_HUES[0], name: 'x', pairs: [0, 2] },
        { colour: CLASS_HUES[1], name: 'y', pairs: [1] },
      ],
    });
    expect(pairColours(['a', 'b'], [1, 2], ['x', 'y']).by).toBe('pair');
  });

  test('the hues of classes stay apart for colour-blind eyes', () => {
    for (const [name, matrix] of Object.entries(MACHADO)) {
      const seen = CLASS_HUES.map((hue) => labOf(hue, matrix));
      for (const [i, a] of seen.entries()) {
        for (const b of seen.slice(i + 1)) {
          expect(Math.hypot(...a.map((value, c) => value - (b[c] ?? 0))), name).toBeGreaterThan(16);
        }
      }
    }
  });

  test('neighbours by class, against what two points of any class are', () => {
    const points = Float32Array.of(0, 0, 10, 0, 1, 0, 20, 0); // image 0 beside text 0, image 1 and text 1 apart
    expect(nearestInMap(points, 2, ['a', 'b'])).toEqual({
      sameModality: 0, // image 1 is nearest to text 0, and text 1 to image 1
      ownPartner: 3 / 4,
      sameClass: { share: 3 / 4, chance: 1 / 3 },
      asked: 4,
    });
  });

  test('of a single pair, the partner is the only neighbour', () => {
    expect(nearestInMap(Float32Array.of(0, 0, 1, 1), 1)).toEqual({
      sameModality: 0,
      ownPartner: 1,
      asked: 2,
    });
  });
});

describe('histograms', () => {
  test('four kinds, their counts and means; the title says which are closer', async () => {
    const values = quadrantValues(blocks(9), 9);
    const { svg, title } = quadrantHistograms({ metric: 'cosine', values, pairs: 9, pairsInAll: 9 });
    expect(title).toBe('Matching pairs are closer than other pairs: mean cosine 0.40 and 0.20');
    const all = texts(svg);
    for (const name of [
      'image–image (36)',
      'text–text (36)',
      'matching image–text pairs (9)',
      'other image–text pairs (72)',
    ]) {
      expect(all).toContain(name);
    }
    for (const mean of ['mean 0.600', 'mean 0.800', 'mean 0.400', 'mean 0.200']) expect(all).toContain(mean);
    expect(svg.length).toBeLessThan(40_000);
    expect(await svgToPng(paint(svg, 'light'))).not.toHaveLength(0);
  });

  test('of distances, the smaller are closer; a sample is announced', () => {
    const values = quadrantValues(blocks(9), 9);
    const { svg, title } = quadrantHistograms({ metric: 'euclidean', values, pairs: 9, pairsInAll: 10_000 });
    expect(title).toBe(
      'Matching pairs are no closer than other pairs: mean Euclidean distance 0.40 and 0.20',
    );
    expect(wholeText(svg)).toContain('9 of 10,000 pairs, evenly sampled');
  });

  test('means that are shown as equal are called so', () => {
    const values = { ...quadrantValues(blocks(3), 3), matched: [0.2004] };
    const { title } = quadrantHistograms({ metric: 'cosine', values, pairs: 3, pairsInAll: 3 });
    expect(title).toBe('Matching pairs are as close as other pairs: mean cosine 0.20 and 0.20');
  });

  test('a single pair has no others', () => {
    const values = quadrantValues(blocks(1), 1);
    const { svg, title } = quadrantHistograms({ metric: 'cosine', values, pairs: 1, pairsInAll: 1 });
    expect(title).toBe('The only pair: cosine 0.40');
    expect(svg.replaceAll(/base64,[\w+/=]+/g, '')).not.toContain('NaN');
  });
});

describe('text', () => {
  test('wraps between words, and shortens by letters', () => {
    const lines = wrapText('one two three four five', 60, 12);
    expect(lines.join(' ')).toBe('one two three four five');
    expect(lines.length).toBeGreaterThan(1);
    for (const line of lines) expect(textWidth(line, 12)).toBeLessThanOrEqual(60);
    expect(wrapText('incomprehensibilities', 10, 12)).toEqual(['incomprehensibilities']);
    expect(shorten('short', 100, 12)).toBe('short');
    expect(shorten('squamous cell carcinoma', 80, 12)).toMatch(/^squamous.*…$/);
    expect(textWidth('脳', 10)).toBeGreaterThan(textWidth('i', 10) * 3);
  });

  test('labels cover neither markers nor each other; one without room is left out', () => {
    const within = { left: 0, top: 0, right: 100, bottom: 100 };
    const layout = { marker: 10, height: 10, width: () => 10, within };
    const free = placeLabels([{ x: 50, y: 50, text: 'a' }], layout);
    expect(free).toEqual([{ x: 61, y: 50, text: 'a' }]);
    const linked = placeLabels([{ x: 50, y: 50, text: 'a', line: { x: 90, y: 50 } }], layout);
    expect(linked).toEqual([{ x: 39, y: 50, text: 'a' }]); // not on the line
    const atEdge = placeLabels([{ x: 95, y: 50, text: 'a' }], layout);
    expect(atEdge[0]?.x).toBeLessThan(95);
    const crowd = Array.from({ length: 49 }, (_, i) => ({
      x: 35 + 5 * (i % 7),
      y: 35 + 5 * Math.floor(i / 7),
      text: 'a',
    }));
    const placed = placeLabels(crowd, layout);
    expect(placed.length).toBeLessThan(49);
    for (const [i, a] of placed.entries()) {
      for (const b of [...placed.slice(i + 1), ...crowd]) {
        expect(Math.abs(a.x - b.x) >= 10 || Math.abs(a.y - b.y) >= 10).toBe(true);
      }
    }
  });

  test('numbers have a true minus, and zero none', () => {
    expect([number(-0.126), number(-0.001), number(3, 0)]).toEqual(['−0.13', '0.00', '3']);
  });

  test('samples are even, in order, and say so', () => {
    expect(evenSample(3, 5)).toEqual([0, 1, 2]);
    expect(evenSample(10, 5).map((row) => Math.floor(row / 2))).toEqual([0, 1, 2, 3, 4]);
    const turns = evenSample(5000, 500).map((row) => row % 10); // as when ten subjects come in turns
    const counts = Array.from({ length: 10 }, (_, turn) => turns.filter((t) => t === turn).length);
    expect(Math.min(...counts)).toBeGreaterThan(45);
    expect(Math.max(...counts)).toBeLessThan(55);
    expect(sampleText(5, 10_000, 'pairs')).toBe('5 of 10,000 pairs, evenly sampled');
    expect(sampleText(10_000, 10_000, 'pairs')).toBe('10,000 pairs');
  });
});

describe('PNG', () => {
  const svgOf = (text: string) =>
    `<svg xmlns="http://www.w3.org/2000/svg" width="480" height="40"><text y="30" font-size="24" font-family="Nothing">${text}</text></svg>`;
  async function ink(text: string): Promise<number> {
    const { data, info } = await sharp(await svgToPng(svgOf(text), 1))
      .raw()
      .toBuffer({ resolveWithObject: true });
    expect([info.width, info.height]).toEqual([FIGURE_WIDTH, 40]);
    let opaque = 0;
    for (let i = 3; i < data.length; i += 4) opaque += (data[i] ?? 0) / 255;
    return opaque;
  }

  test('text shows though no font of the system is read', async () => {
    const [wide, narrow, none] = [await ink('WWWWWWWW'), await ink('........'), await ink('')];
    expect(none).toBe(0);
    expect(narrow).toBeGreaterThan(20);
    expect(wide).toBeGreaterThan(5 * narrow); // letters, and not one box like the other
  });

  test('themes differ in paper and ink, and leave no name of a colour', () => {
    const { svg } = quadrantHistograms({
      metric: 'cosine',
      values: quadrantValues(blocks(3), 3),
      pairs: 3,
      pairsInAll: 3,
    });
    const [light, dark] = [paint(svg, 'light'), paint(svg, 'dark')];
    expect(svg).toContain('var(--plot-paper)');
    expect(light + dark).not.toContain('var(');
    expect(light).toContain('fill="#ffffff"');
    expect(dark).not.toContain('fill="#ffffff"');
  });
});

describe('front of closings', () => {
  const points = [
    { method: 'shift', strength: 0, precision: 0.5, kept: 0.9 },
    { method: 'center', precision: 0.8, kept: 0.9 },
    { method: 'transport', strength: 0.25, precision: 0.85, kept: 0.895 },
    { method: 'transport', strength: 1, precision: 0.9, kept: 0.7 },
    { method: 'head', scale: 5, identity: 0, precision: 0.87, kept: 0.6 },
  ];
  const front = closingFront({
    kept: 'zero-shot accuracy',
    panels: [
      { of: 'captions', points: points.map((point) => ({ ...point, kept: 0.9 })) },
      { of: 'groups', points },
    ],
  });

  test('the title names what brings most for at most a point, of new subjects', () => {
    expect(front.title).toBe(
      'On new subjects, transport at 0.25 brings most for at most a point of zero-shot accuracy: mean average precision 0.850, centring 0.800',
    );
  });

  test('both panels, and in the legend the families that there are', async () => {
    const all = texts(front.svg);
    expect(all).toContain('New captions of what the fit has seen');
    expect(all).toContain('New subjects, which the fit has not seen');
    expect(all).toContain('free heads by logit scale');
    expect(all).not.toContain('CCA');
    expect(await svgToPng(paint(front.svg, 'dark'))).not.toHaveLength(0);
  });

  test('where nothing is better than centring, it says so; a perfect value is drawn', () => {
    const { title, svg } = closingFront({
      kept: 'recall@10',
      panels: [
        { of: 'captions', points: [{ method: 'center', precision: 1, kept: 1 }, ...points.slice(0, 1)] },
      ],
    });
    expect(title).toBe(
      'On new captions, nothing brings more than centring 1.000 for at most a point of recall@10',
    );
    expect(svg).not.toMatch(/NaN|Infinity/);
  });
});

describe('temperature sweep', () => {
  const captions = [5, 85].map((scale) => ({ scale, distributionGap: scale / 100, floor: 0.01 }));

  test('scales fall to the right, whatever their order, and the title has both ends', async () => {
    const { title, svg } = temperatureSweep({ captions, before: 0.3 });
    expect(title).toBe('A lower logit scale leaves a smaller gap: 0.850 at 85, 0.050 at 5, by chance 0.010');
    const all = texts(svg);
    expect(all.indexOf('85')).toBeLessThan(all.indexOf('5'));
    expect(all).not.toContain('new subjects');
    expect(await svgToPng(paint(svg, 'light'))).not.toHaveLength(0);
  });

  test('where the gap does not fall, the title does not say so', () => {
    const even = captions.map((point) => ({ ...point, distributionGap: 0.2 }));
    expect(temperatureSweep({ captions: even, groups: even, before: 0.3 }).title).toMatch(
      /leaves no smaller gap/,
    );
  });
});
