// Draws icon sets with names as RGBA pictures for training:
//
//     npm install --prefix .cache/icons ... (versions in weights/default/README.md)
//     node weights/training/render-icons.mjs [package directory = .cache/icons] [out = .cache/training]
//
// Writes icons.rgba (N x 96 x 96 x 4 bytes, colours not multiplied by alpha) and icons.json: set, name, concept (the
// name that all variants share; a split never parts them), words for captions, licences. Skin tones and "negative"
// variants are left out: they add no content.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import sharp from 'sharp';

const SIZE = 96;
const SETS = ['healthicons', 'fluent-emoji-flat', 'noto'];
const [packages = '.cache/icons', out = '.cache/training'] = process.argv.slice(2);
const read = (path) => JSON.parse(readFileSync(resolve(packages, 'node_modules', path), 'utf8'));

const SKIN = /-(?:medium-)?(?:light|dark|medium)(?:-skin-tone)?(?=-|$)|-tone\d/;
const people = /^(?:man|woman|men|women|person|people|boy|girl|child|baby)-(?=.)/;

/** What all variants of one thing share: no outline, size, side, sex or running number. */
function conceptOf(name) {
  const plain = name
    .replace(/-(?:outline|negative|24px|alt|alternate)(?=-|$)/g, '')
    .replace(/-(?:facing-)?(?:left|right)(?=-|$)|^(?:left|right)-/g, '')
    .replace(/-0?\d$/, '')
    .replace(people, '');
  return plain || name;
}

function labelsByName(set) {
  if (set === 'healthicons') return new Map();
  const chars = read(`@iconify-json/${set}/chars.json`);
  const byCode = new Map(
    read('emojibase-data/en/data.json').map((emoji) => [
      emoji.hexcode.toLowerCase().replaceAll('-fe0f', ''),
      { label: emoji.label.toLowerCase(), tags: emoji.tags ?? [] },
    ]),
  );
  return new Map(Object.entries(chars).map(([code, name]) => [name, byCode.get(code.replaceAll('-fe0f', ''))]));
}

const pictures = [];
const icons = [];
for (const set of SETS) {
  const { icons: bodies, width = 16, height = 16 } = read(`@iconify-json/${set}/icons.json`);
  const { license } = read(`@iconify-json/${set}/info.json`);
  const labels = labelsByName(set);
  let kept = 0;
  for (const [name, icon] of Object.entries(bodies)) {
    if (icon.hidden || name.includes('negative')) continue;
    if (set !== 'healthicons' && SKIN.test(name)) continue;
    const [w, h] = [icon.width ?? width, icon.height ?? height];
    const body = icon.body.replaceAll('currentColor', '#000');
    const svg = `<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" width="${SIZE}" height="${SIZE}" viewBox="${icon.left ?? 0} ${icon.top ?? 0} ${w} ${h}">${body}</svg>`;
    const { data, info } = await sharp(Buffer.from(svg)).ensureAlpha().raw().toBuffer({ resolveWithObject: true });
    if (info.width !== SIZE || info.height !== SIZE || info.channels !== 4) throw new Error(`${set}/${name}: ${info}`);
    const found = labels.get(name);
    const words = name.replace(/-(?:24px|outline|alt|negative)(?=-|$)/g, '').replaceAll('-', ' ');
    icons.push({
      set,
      name,
      concept: conceptOf(name),
      words,
      label: found?.label ?? words,
      tags: found?.tags ?? [],
      tinted: set === 'healthicons',
      licence: license.spdx,
    });
    pictures.push(data);
    kept++;
  }
  console.log(`${set}: ${kept} of ${Object.keys(bodies).length}, ${license.spdx}`);
}
mkdirSync(out, { recursive: true });
writeFileSync(join(out, 'icons.rgba'), Buffer.concat(pictures));
writeFileSync(join(out, 'icons.json'), JSON.stringify(icons));
