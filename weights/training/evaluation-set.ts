import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parse } from 'csv-parse/sync';
import sharp from 'sharp';
import type { PixelSource } from '../../src/image/source.ts';
import type { EvaluationSet, RetrievalTest, ZeroShotTest } from '../evaluate-default.ts';

/** A contact sheet of square tiles and what they show, as `evaluation_set.py` writes them. */
interface Sheet extends Omit<ZeroShotTest, 'pictures'> {
  readonly sheet: string;
  readonly tile: number;
  readonly columns: number;
  readonly count: number;
}

/** Reads `weights/evaluation` and the example set of a checkout. */
export async function readEvaluationSet(root: string): Promise<EvaluationSet> {
  const folder = join(root, 'weights/evaluation');
  const sheets: Record<'drawings' | 'names' | 'fresh' | 'crops', Sheet> = JSON.parse(
    await readFile(join(folder, 'evaluation.json'), 'utf8'),
  );
  const tilesOf = async (sheet: Sheet): Promise<ZeroShotTest> => ({
    ...sheet,
    pictures: await cutTiles(join(folder, sheet.sheet), sheet),
  });
  const pairs = await examplePairs(join(root, 'examples/biomed'));
  return {
    drawings: await tilesOf(sheets.drawings),
    names: await tilesOf(sheets.names),
    fresh: await tilesOf(sheets.fresh),
    crops: await tilesOf(sheets.crops),
    examples: { ...firstOfEach(pairs), labels: Array.from({ length: 9 }, (_, i) => i) },
    pairs,
  };
}

async function cutTiles(path: string, { tile, columns, count }: Sheet): Promise<PixelSource[]> {
  const { data, info } = await sharp(path).ensureAlpha().raw().toBuffer({ resolveWithObject: true });
  return Array.from({ length: count }, (_, i) => {
    const [left, top] = [(i % columns) * tile, Math.floor(i / columns) * tile];
    const pixels = new Uint8Array(tile * tile * 4);
    for (let y = 0; y < tile; y++) {
      const from = ((top + y) * info.width + left) * 4;
      pixels.set(data.subarray(from, from + tile * 4), y * tile * 4);
    }
    return { width: tile, height: tile, data: pixels };
  });
}

async function examplePairs(folder: string): Promise<RetrievalTest> {
  const rows: Record<'image' | 'caption', string>[] = parse(await readFile(join(folder, 'captions.csv')), {
    columns: true,
  });
  return {
    pictures: rows.map(({ image }) => join(folder, image)),
    captions: rows.map(({ caption }) => caption),
  };
}

/** The set opens with one image of each of the study's nine subjects. */
function firstOfEach({ pictures, captions }: RetrievalTest): RetrievalTest {
  return { pictures: pictures.slice(0, 9), captions: captions.slice(0, 9) };
}
