// How do two models differ on the same pairs, beyond chance? compare-models.mjs first second pairs.csv
import { BiomedClip, COMPARED_STATISTICS, compareGaps, releaseGpu } from 'biomedclip-webgpu';
import { readPairs } from './pairs.mjs';

const [first, second, csv] = process.argv.slice(2); // two checkpoints, directories or names; an empty one is the small model
const pairs = await readPairs(csv);
const ids = pairs.map(({ caption }) => caption); // pairs of one caption are one item, and no misses of each other

async function embedded(checkpoint) {
  const model = await BiomedClip.load(checkpoint || undefined);
  const { images, texts } = await model.embedBatch({
    images: pairs.map(({ image }) => image),
    texts: pairs.map(({ caption }) => caption),
  });
  const { logitScale } = model.info;
  model.destroy();
  return { name: checkpoint || 'small model', images: { ...images, ids }, texts: { ...texts, ids }, logitScale };
}

const models = [await embedded(first), await embedded(second)];
const { differences, agreement } = await compareGaps(models, { resamples: 200, permutations: 200 });
for (const { name, first: one, second: other, low, high } of differences[0].statistics) {
  const title = COMPARED_STATISTICS.find((statistic) => statistic.name === name)?.title;
  const verdict = low > 0 || high < 0 ? 'differs' : 'within chance';
  console.log(`${title}: ${one.toFixed(3)} -> ${other.toFixed(3)}, by ${low.toFixed(3)} to ${high.toFixed(3)}, ${verdict}`);
}
const { images, texts } = agreement[0];
console.log(`images seen alike, by CKA: ${images.debiasedCka.value.toFixed(3)}, texts: ${texts.debiasedCka.value.toFixed(3)}`);
await releaseGpu();
