// Is one embedding better than another, beyond chance? Here as the model gives it, and with its gap closed by a map
// that was fitted on other pairs. For two models see compare-models.mjs.
import { BiomedClip, compareQuality, embeddingQuality, fitGapClosing, QUALITY_MEASURES, releaseGpu } from 'biomedclip-webgpu';
import { readPairs } from './pairs.mjs';

const [checkpoint, csv] = process.argv.slice(2);
const pairs = await readPairs(csv);
const fitted = pairs.filter((_, i) => i % 2 === 0);
const judged = pairs.filter((_, i) => i % 2 === 1);
const model = await BiomedClip.load(checkpoint);
const embed = (some) =>
  model.embedBatch({ images: some.map(({ image }) => image), texts: some.map(({ caption }) => caption) });

const closing = await fitGapClosing(await embed(fitted), { method: 'center' });
const { images, texts } = await embed(judged);
const known = {
  items: judged.map(({ caption }) => caption), // pairs of one caption are no misses of each other
  labels: judged.map(({ subject }) => subject),
};
const before = await embeddingQuality({ images, texts, ...known });
const after = await embeddingQuality({ images: await closing.images(images), texts: await closing.texts(texts), ...known });
for (const { name, before: was, after: is, low, high } of compareQuality(before, after)) {
  const title = QUALITY_MEASURES.find((measure) => measure.name === name)?.title;
  const verdict = low > 0 || high < 0 ? 'differs' : 'within chance';
  console.log(`${title}: ${was.toFixed(3)} -> ${is.toFixed(3)}, by ${low.toFixed(3)} to ${high.toFixed(3)}, ${verdict}`);
}
model.destroy();
await releaseGpu();
