// Ranks pairs by how much better another caption fits the image. Two of the examples are exchanged, and should come first.
import { BiomedClip, releaseGpu, similarityMatrix } from 'biomedclip-webgpu';
import { readPairs } from './pairs.mjs';

const [checkpoint, csv] = process.argv.slice(2);
const pairs = await readPairs(csv);
const given = pairs.map(({ caption }) => caption);
if (csv === undefined) [given[6], given[8]] = [given[8], given[6]]; // a chest X-ray and a pie chart
const captions = [...new Set(given)]; // each once, so that equal ones do not compete

const model = await BiomedClip.load(checkpoint);
const { images, texts } = await model.embedBatch({ images: pairs.map(({ image }) => image), texts: captions });
const { data, cols } = await similarityMatrix(images, texts);

const suspects = pairs.map(({ file }, i) => {
  const cosines = data.subarray(i * cols, (i + 1) * cols);
  const own = cosines[captions.indexOf(given[i])];
  const best = Math.max(...cosines);
  const instead = captions[cosines.indexOf(best)];
  return { file, caption: given[i], instead, margin: best - own };
});
suspects.sort((a, b) => b.margin - a.margin);
for (const { file, caption, instead, margin } of suspects.slice(0, 5)) {
  console.log(`${file}: "${caption}" is ${margin.toFixed(3)} behind "${instead}"`);
}
model.destroy();
await releaseGpu();
