import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { BiomedClip as Model } from '../../src/api.ts';
import { BiomedClip } from '../../src/index.ts';
import type { LoadModel } from '../../src/node/cli/session.ts';
import { writeImages } from './cli-run.ts';

/** A CSV of so many one-coloured images with captions, in a folder of its own. */
export async function writePairs(
  folder: string,
  count: number,
  label?: (i: number) => string,
): Promise<string> {
  const names = Array.from({ length: count }, (_, i) => `${String(i).padStart(2, '0')}.png`);
  await writeImages(folder, names);
  const rows = names.map((image, i) => `${image},caption ${i}${label ? `,${label(i)}` : ''}\n`);
  const file = join(folder, 'captions.csv');
  await writeFile(file, `image,caption${label ? ',label' : ''}\n${rows.join('')}`);
  return file;
}

/** Counts the images that are embedded, and calls `before` and `after` around each call that embeds some. */
export function counting(
  before: (call: number) => void = () => {},
  after: () => Promise<void> = async () => {},
) {
  const state = { images: 0, loads: 0 };
  let call = 0;
  const loadModel: LoadModel = async (source, options) => {
    state.loads += 1;
    const model: Model = await BiomedClip.load(source, options);
    const embedBatch: Model['embedBatch'] = model.embedBatch.bind(model);
    model.embedBatch = (async (
      inputs: Parameters<typeof embedBatch>[0],
      settings: Parameters<typeof embedBatch>[1],
    ) => {
      if (inputs.images) before(call++);
      const result = await embedBatch(inputs, settings);
      state.images += result.images.rows;
      if (inputs.images) await after();
      return result;
    }) as Model['embedBatch'];
    return model;
  };
  return { state, loadModel };
}
