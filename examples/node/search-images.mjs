// Finds the five images that fit a sentence best. With topK the whole matrix is never made.
import { BiomedClip, releaseGpu, similarityMatrix } from 'biomedclip-webgpu';
import { readPairs } from './pairs.mjs';

const [query = 'this is a photo of chest X-ray', checkpoint, csv] = process.argv.slice(2);
const pairs = await readPairs(csv);
const model = await BiomedClip.load(checkpoint);
const { images, texts } = await model.embedBatch({
  images: pairs.map(({ file, image }) => ({ id: file, source: image })),
  texts: [query],
});
const { indices, values } = await similarityMatrix(texts, images, { topK: 5 });
for (const [place, row] of indices.entries()) console.log(values[place].toFixed(3), images.ids[row]);
model.destroy();
await releaseGpu();
