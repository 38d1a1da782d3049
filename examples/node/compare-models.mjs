// Is one model better than another on the same pairs, beyond chance? compare-models.mjs first second pairs.csv
import { BiomedClip, compareQuality, embeddingQuality, QUALITY_MEASURES, releaseGpu } from 'biomedclip-webgpu';
import { readPairs } from './pairs.mjs';

const [first, second, csv] = process.argv.slice(2); // two checkpoints, directories or names; an empty one is the small model
const pairs = await readPairs(csv);

async function judge(checkpoint) {
  const model = await BiomedClip.load(checkpoint || undefined);
  const { images, texts } = await model.embedBatch({
    images: pairs.map(({ image }) => image),
    texts: pairs.map(({ caption }) => caption),
  });
  model.destroy();
  return embeddingQuality({ images, texts, items: pairs.map(({ caption }) => caption) });
}

const [before, after] = [await judge(first), await judge(second)];
for (const { name, before: was, after: is, low, high } of compareQuality(before, after)) {
  const title = QUALITY_MEASURES.find((measure) => measure.name === name)?.title;
  const verdict = low > 0 || high < 0 ? 'differs' : 'within chance';
  console.log(`${title}: ${was.toFixed(3)} -> ${is.toFixed(3)}, by ${low.toFixed(3)} to ${high.toFixed(3)}, ${verdict}`);
}
await releaseGpu();
