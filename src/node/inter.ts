import { readFile } from 'node:fs/promises';
import { create, type Font } from 'fontkit';
import { INTER } from './package-files.ts';

let regular: Promise<Font> | undefined;

/** The characters of an SVG's text that Inter has no glyph for, each once. */
export async function beyondInter(svg: string): Promise<string[]> {
  regular ??= readFile(INTER[0] ?? '').then((bytes) => create(bytes) as Font); // a file of one font
  const font = await regular;
  return [...new Set(textOf(svg))].filter((letter) => !font.hasGlyphForCodePoint(letter.codePointAt(0) ?? 0));
}

/** What an SVG has as text, in one string. */
export function textOf(svg: string): string {
  return Array.from(svg.matchAll(/<text[^>]*>([^<]*)/g), ([, text = '']) => text).join(' ');
}
