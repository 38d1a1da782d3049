import { readFileSync } from 'node:fs';
import { textOf } from './inter.ts';
import { interSubset } from './package-files.ts';

/** Parts of Inter for web pages, as Google Fonts and Fontsource divide it, and the characters that a page takes each for. */
const SUBSETS = {
  Latin:
    'U+0000-00FF,U+0131,U+0152-0153,U+02BB-02BC,U+02C6,U+02DA,U+02DC,U+0304,U+0308,U+0329,U+2000-206F,U+20AC,U+2122,U+2191,U+2193,U+2212,U+2215,U+FEFF,U+FFFD',
  LatinExt:
    'U+0100-02BA,U+02BD-02C5,U+02C7-02CC,U+02CE-02D7,U+02DD-02FF,U+0304,U+0308,U+0329,U+1D00-1DBF,U+1E00-1E9F,U+1EF2-1EFF,U+2020,U+20A0-20AB,U+20AD-20C0,U+2113,U+2C60-2C7F,U+A720-A7FF',
  Vietnamese:
    'U+0102-0103,U+0110-0111,U+0128-0129,U+0168-0169,U+01A0-01A1,U+01AF-01B0,U+0300-0301,U+0303-0304,U+0308-0309,U+0323,U+0329,U+1EA0-1EF9,U+20AB',
  Greek: 'U+0370-0377,U+037A-037F,U+0384-038A,U+038C,U+038E-03A1,U+03A3-03FF',
  GreekExt: 'U+1F00-1FFF',
  Cyrillic: 'U+0301,U+0400-045F,U+0490-0491,U+04B0-04B1,U+2116',
  CyrillicExt: 'U+0460-052F,U+1C80-1C8A,U+20B4,U+2DE0-2DFF,U+A640-A69F,U+FE2E-FE2F',
};

/**
 * An SVG that brings its font, so that it looks the same on every machine: of Inter the parts whose characters the text
 * has. Characters of other scripts are left to the fonts of the reader's system.
 */
export function withFont(svg: string): string {
  const text = textOf(svg);
  const faces = Object.entries(SUBSETS).flatMap(([name, ranges]) =>
    hasSome(text, ranges) ? faceRules(name, ranges) : [],
  );
  return svg.replace('>', `><style>${faces.join('')}</style>`);
}

function hasSome(text: string, ranges: string): boolean {
  const bounds = ranges.split(',').map((range) => {
    const [low, high] = range.replace('U+', '').split('-');
    return [Number(`0x${low}`), Number(`0x${high ?? low}`)] as const;
  });
  return [...text].some((letter) => {
    const code = letter.codePointAt(0) ?? 0;
    return bounds.some(([low, high]) => code >= low && code <= high);
  });
}

function faceRules(name: string, ranges: string): string[] {
  return interSubset(name).map(({ weight, file }) => {
    const data = readFileSync(file).toString('base64');
    return `@font-face{font-family:Inter;font-weight:${weight};src:url(data:font/woff2;base64,${data}) format('woff2');unicode-range:${ranges}}`;
  });
}
