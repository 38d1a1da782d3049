import { readFileSync } from 'node:fs';
import { INTER_LATIN } from '../package-files.ts';

const WEIGHTS = [400, 600];

/**
 * An SVG that brings its font, so that it looks the same on every machine: Inter's Latin letters, in 64 KB. Others are
 * left to the fonts of the reader's system.
 */
export function withFont(svg: string): string {
  const faces = INTER_LATIN.map((file, i) => {
    const data = readFileSync(file).toString('base64');
    return `@font-face{font-family:Inter;font-weight:${WEIGHTS[i]};src:url(data:font/woff2;base64,${data}) format('woff2')}`;
  });
  return svg.replace('>', `><style>${faces.join('')}</style>`);
}
