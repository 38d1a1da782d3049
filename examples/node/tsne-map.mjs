// Draws the t-SNE map of all pairs, coloured by subject, as an SVG file.
import { writeFile } from 'node:fs/promises';
import { BiomedClip, releaseGpu, tsne } from 'biomedclip-webgpu';
import { paint, tsneMap } from 'biomedclip-webgpu/plots';
import { pairs } from './pairs.mjs';

const [out = 'map.svg'] = process.argv.slice(2);
const model = await BiomedClip.load();
const { images, texts } = await model.embedBatch({
  images: pairs.map(({ image }) => image),
  texts: pairs.map(({ caption }) => caption),
});
const { rows, dim } = images;
const both = { data: new Float32Array([...images.data, ...texts.data]), rows: 2 * rows, dim };
const perplexity = 20;
const { embedding, klDivergence } = await tsne(both, { perplexity, seed: 1 });

const at = (matrix, row) => matrix.subarray(row * dim, (row + 1) * dim);
const distances = pairs.map((_, i) => Math.hypot(...at(images.data, i).map((x, d) => x - at(texts.data, i)[d])));
const { svg, title } = tsneMap({
  points: embedding,
  names: pairs.map(({ file }) => file),
  classes: pairs.map(({ subject }) => subject),
  distances,
  perplexity,
  klDivergence,
});
await writeFile(out, paint(svg, 'light')); // a page leaves the colours to CSS instead
console.log(`${out}: ${title}`);
model.destroy();
await releaseGpu();
