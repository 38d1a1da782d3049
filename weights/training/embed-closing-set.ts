// Embeds the set for the study of closing the gap (closing_set.py) with the engine, in float32:
//
//     node --import ./from-source.mjs weights/training/embed-closing-set.ts [model = weights/default] [out = .cache/closing]
//
// Writes NAME-images.npy, NAME-captions.npy and NAME-queries.npy [N, D] for `drawn` and `icons`, and drawn-prompts.npy.
import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parse } from 'csv-parse/sync';
import type { PixelSource } from '../../src/image/source.ts';
import { BiomedClip } from '../../src/index.ts';
import { writeNpy } from '../../src/node/npy.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const set = join(root, '.cache/closing');
const [model = join(root, 'weights/default'), out = set] = process.argv.slice(2);
const OPTIONS = { batchSize: 64 };

/** Pictures of a .npy file of bytes [N, S, S, 3]. */
async function readPictures(path: string): Promise<PixelSource[]> {
  const file = await readFile(path);
  const start = 10 + file.readUInt16LE(8);
  const shape = /'shape': \((\d+), (\d+), (\d+), 3\)/.exec(file.toString('latin1', 10, start));
  if (!shape) throw new Error(`${path}: expected bytes [N, S, S, 3]`);
  const [count = 0, height = 0, width = 0] = shape.slice(1).map(Number);
  return Array.from({ length: count }, (_, i) => {
    const data = new Uint8Array(width * height * 4).fill(255);
    const from = start + i * width * height * 3;
    for (let p = 0; p < width * height; p++) data.set(file.subarray(from + p * 3, from + p * 3 + 3), p * 4);
    return { width, height, data };
  });
}

async function readTexts(path: string, column: 'caption' | 'query'): Promise<string[]> {
  const rows: Record<string, string>[] = parse(await readFile(path), { columns: true });
  return rows.map((row) => row[column] ?? '');
}

await mkdir(out, { recursive: true });
await using clip = await BiomedClip.load(model, { adapter: process.env.BIOMEDCLIP_ADAPTER });
const write = (name: string, { data, rows, dim }: { data: Float32Array; rows: number; dim: number }) =>
  writeNpy(join(out, `${name}.npy`), { shape: [rows, dim], data });

for (const name of ['drawn', 'icons']) {
  const csv = join(set, `${name}.csv`);
  const images = await readPictures(join(set, `${name}-pixels.npy`));
  const pairs = await clip.embedBatch({ images, texts: await readTexts(csv, 'caption') }, OPTIONS);
  const { texts: queries } = await clip.embedBatch({ texts: await readTexts(csv, 'query') }, OPTIONS);
  await write(`${name}-images`, pairs.images);
  await write(`${name}-captions`, pairs.texts);
  await write(`${name}-queries`, queries);
  console.log(`${name}: ${images.length} pairs`);
}
const prompts = await readTexts(join(set, 'drawn-prompts.csv'), 'caption');
await write('drawn-prompts', (await clip.embedBatch({ texts: prompts }, OPTIONS)).texts);
