import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { encode } from 'fast-png';
import { seededUniform } from '../support/numbers.ts';

const [FINDINGS, PLACES] = [
  ['nodule', 'fracture', 'effusion', 'polyp', 'melanoma', 'calcification', 'oedema'],
  ['left lung', 'colon', 'femur', 'skin of the back', 'retina', 'liver'],
];

/** A caption that no other number has. */
export function syntheticCaption(i: number): string {
  return `${FINDINGS[i % FINDINGS.length]} of the ${PLACES[i % PLACES.length]}, case ${i}`;
}

/** Writes small images, each another, and a table of `captions` captions of them in turn. @returns the table's path */
export async function writeSyntheticSet(folder: string, images: number, captions: number): Promise<string> {
  const scans = join(folder, 'scans');
  await mkdir(scans, { recursive: true });
  for (let i = 0; i < images; i++) await writeFile(join(scans, `${i}.png`), syntheticImage(i));
  const rows = Array.from({ length: captions }, (_, i) => `${i % images}.png,"${syntheticCaption(i)}"`);
  const table = join(scans, 'captions.csv');
  await writeFile(table, `${['image,caption', ...rows].join('\n')}\n`);
  return table;
}

const [WIDTH, HEIGHT] = [24, 20];

function syntheticImage(seed: number): Uint8Array {
  const data = Uint8Array.from(seededUniform(WIDTH * HEIGHT * 3, seed), (value) => 128 * (value + 1));
  return encode({ width: WIDTH, height: HEIGHT, data, channels: 3, depth: 8 });
}
