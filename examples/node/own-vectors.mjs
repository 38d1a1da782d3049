// Statistics on vectors from anywhere, without a model: two files that numpy.save wrote, float32 [n, D], row by row.
import { GAP_STATISTICS, modalityGap, readNpy, releaseGpu, tsne } from 'biomedclip-webgpu';

const [imagesFile = 'images.npy', textsFile = 'texts.npy'] = process.argv.slice(2);
const [images, texts] = [await readNpy(imagesFile), await readNpy(textsFile)];
const report = await modalityGap(images, texts, { resamples: 200, permutations: 200 });
for (const { title, unit, of } of GAP_STATISTICS) {
  const statistic = of(report);
  if (statistic) console.log(`${title}: ${statistic.value.toFixed(4)}${unit === '1' ? '' : ` ${unit}`}`);
}
const map = await tsne(images, { perplexity: Math.min(30, (images.rows - 1) / 3) });
console.log(`map: ${map.embedding.length / 2} points, KL divergence ${map.klDivergence.toFixed(3)}`);
await releaseGpu();
