// Draws the t-SNE map of all pairs, coloured by subject, as an SVG file.
import { writeFile } from 'node:fs/promises';
import { BiomedClip, releaseGpu, stackRows, tsne } from 'biomedclip-webgpu';
import { paint, tsneMap } from 'biomedclip-webgpu/plots';
import { readPairs } from './pairs.mjs';

const [out = 'map.svg', checkpoint, csv] = process.argv.slice(2);
const pairs = await readPairs(csv);
const model = await BiomedClip.load(checkpoint);
const { images, texts } = await model.embedBatch({
  images: pairs.map(({ image }) => image),
  texts: pairs.map(({ caption }) => caption),
});
const perplexity = 20;
const { embedding, klDivergence } = await tsne(stackRows([images, texts]), { perplexity, seed: 1 });

const at = ({ data, dim }, row) => data.subarray(row * dim, (row + 1) * dim);
const distances = pairs.map((_, i) => Math.hypot(...at(images, i).map((x, d) => x - at(texts, i)[d])));
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
