// The judges: poppler for what a PDF shows, resvg for how the same figure looks, fontkit for which letters a font has.
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { create, type Font } from 'fontkit';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { beyondInter } from '../src/node/inter.ts';
import { INTER } from '../src/node/package-files.ts';
import { svgToPdf } from '../src/node/svg-to-pdf.ts';
import { svgToPng } from '../src/node/svg-to-png.ts';
import { withFont } from '../src/node/svg-with-font.ts';
import { cosineHeatmap } from '../src/plots/heatmap.ts';
import { paint } from '../src/plots/theme.ts';

const names = ['knee', 'μCT of a rib', 'мозг'];
const figureOf = (textLabels: string[]) =>
  cosineHeatmap({
    cosines: Float32Array.from({ length: 36 }, (_, i) => Math.cos(i)),
    imageLabels: ['a', 'b', 'c'],
    textLabels,
    pairsInAll: 3,
    title: false,
  });

const figure = figureOf(names);
const svg = paint(figure.svg, 'light');
const fontOf = (bytes: Buffer) => create(bytes) as Font;

describe('PDF', () => {
  let folder: string;
  let file: string;
  let pdf: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'pdf-'));
    file = join(folder, 'figure.pdf');
    const bytes = await svgToPdf(svg, figure);
    await writeFile(file, bytes);
    pdf = Buffer.from(bytes).toString('latin1');
  });
  afterAll(() => rm(folder, { recursive: true }));

  const poppler = (command: string, ...args: string[]) =>
    spawnSync(command, [...args], { encoding: 'buffer', maxBuffer: 1e8 }).stdout;

  test('has the date of SOURCE_DATE_EPOCH, and so the same bytes whenever it is made', async () => {
    vi.stubEnv('SOURCE_DATE_EPOCH', '1700000000');
    const first = await svgToPdf(svg, figure);
    await setTimeout(2); // pdfkit counts milliseconds
    expect(Buffer.compare(first, await svgToPdf(svg, figure))).toBe(0);
    expect(Buffer.from(first).toString('latin1')).toContain('D:20231114221320Z');
    vi.unstubAllEnvs();
  });

  test('one page in the figure’s size, with Inter in it', () => {
    expect(pdf.slice(0, 8)).toBe('%PDF-1.7');
    expect(pdf).toMatch(new RegExp(`/MediaBox \\[0 0 360 ${figure.height * 0.75}\\]`));
    expect(pdf.match(/\/Type \/Page\b/g)).toHaveLength(1);
    for (const face of ['Regular', 'SemiBold'])
      expect(pdf).toMatch(new RegExp(`/FontName /[A-Z]{6}\\+Inter-${face}`));
    expect(pdf.match(/\/FontFile2 /g)).toHaveLength(2);
    expect(pdf.length).toBeLessThan(100_000); // the letters that it needs, and no whole font
  });

  test.skipIf(!existsSync('/usr/bin/pdftotext'))(
    'its text can be searched, in every script that Inter has',
    () => {
      const text = poppler('pdftotext', file, '-').toString();
      for (const label of [...names, 'image–image']) expect(text).toContain(label);
      const fonts = poppler('pdffonts', file).toString().trim().split('\n').slice(2);
      expect(fonts).toHaveLength(2);
      for (const font of fonts) expect(font).toMatch(/Inter-\w+ +CID TrueType +Identity-H +yes yes yes/); // embedded, subset, searchable
    },
  );

  test.skipIf(!existsSync('/usr/bin/pdftoppm'))('it looks as the PNG does', async () => {
    const drawn = poppler('pdftoppm', '-r', '192', '-png', file);
    const [ours, theirs] = await Promise.all(
      [drawn, await svgToPng(svg)].map((png) =>
        sharp(png)
          .removeAlpha()
          .resize(960, Math.round(2 * figure.height), { fit: 'fill' })
          .raw()
          .toBuffer(),
      ),
    );
    const differs = ours?.filter((value, i) => Math.abs(value - (theirs?.[i] ?? 999)) > 64).length ?? 1;
    expect(differs / (theirs?.length ?? 1)).toBeLessThan(0.02); // edges of letters and cells, which two renderers smooth differently
  });

  test('characters that Inter lacks are drawn as outlines, not as the boxes of a font without them', async () => {
    const foreign = figureOf(['例', 'b', 'c']);
    const bytes = Buffer.from(await svgToPdf(paint(foreign.svg, 'light'), foreign)).toString('latin1');
    expect(bytes).not.toContain('/FontFile2');
    expect(await beyondInter(foreign.svg)).toEqual(['例']);
  });
});

describe('SVG', () => {
  const subsetsOf = (text: string) =>
    Array.from(
      withFont(`<svg><text>${text}</text></svg>`).matchAll(
        /font-weight:400;src:url\(data:font\/woff2;base64,([^)]*)\)/g,
      ),
      ([, data = '']) => Buffer.from(data, 'base64'),
    );

  test('brings the parts of Inter that its letters need, and no other', () => {
    expect(subsetsOf('knee')).toHaveLength(1);
    expect(subsetsOf('')).toHaveLength(0);
    const [greek, cyrillic] = [subsetsOf('μ').map(fontOf), subsetsOf('ж').map(fontOf)];
    expect([greek.length, cyrillic.length]).toEqual([1, 1]);
    expect(greek[0]?.hasGlyphForCodePoint(0x3bc)).toBe(true);
    expect(cyrillic[0]?.hasGlyphForCodePoint(0x436)).toBe(true);
  });

  test('every letter of an alphabet that Inter has comes with a part that has it', () => {
    const inter = fontOf(readFileSync(INTER[0] ?? ''));
    const letters = inter.characterSet.filter(
      (code) => /[\p{Lu}\p{Ll}]/u.test(String.fromCodePoint(code)) && (code < 0x2070 || code > 0x218f),
    ); // there are raised letters and signs like the ohm
    const parts = subsetsOf(String.fromCodePoint(...letters)).map(fontOf);
    const missing = letters.filter((code) => !parts.some((font) => font.hasGlyphForCodePoint(code)));
    expect(letters.length).toBeGreaterThan(800);
    expect(missing.map((code) => code.toString(16))).toEqual([]);
  });

  test('the characters that Inter lacks are known', async () => {
    expect(await beyondInter(`<svg><title>例</title><text x="1">μж ⚕字</text><text>字</text></svg>`)).toEqual(
      ['⚕', '字'],
    );
  });
});
