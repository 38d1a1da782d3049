// Measures how far apart images and captions sit, each statistic with its 95 % bootstrap interval.
import { BiomedClip, GAP_STATISTICS, modalityGap, releaseGpu } from 'biomedclip-webgpu';
import { readPairs } from './pairs.mjs';

const [checkpoint, csv] = process.argv.slice(2);
const pairs = await readPairs(csv);
const model = await BiomedClip.load(checkpoint);
const { images, texts } = await model.embedBatch({
  images: pairs.map(({ image }) => image),
  texts: pairs.map(({ caption }) => caption),
});
const report = await modalityGap(images, texts, { pairBy: 'rows', resamples: 200, permutations: 200 });
for (const { title, of } of GAP_STATISTICS) {
  const statistic = of(report);
  if (!statistic) continue;
  const { value, low, high } = statistic;
  console.log(`${title}: ${value.toFixed(3)} [${low.toFixed(3)}, ${high.toFixed(3)}]`);
}
model.destroy();
await releaseGpu();
