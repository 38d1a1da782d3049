// Names what an image shows: the softmax of exp(logit_scale) times its cosines with the prompts.
import { BiomedClip, releaseGpu, similarityMatrix } from 'biomedclip-webgpu';

const example = import.meta.resolve('biomedclip-webgpu/examples/biomed/07-chest-x-ray.png');
const [image = example, ...given] = process.argv.slice(2);
const labels = given.length > 0 ? given : ['chest X-ray', 'brain MRI', 'bone X-ray', 'pie chart'];

const model = await BiomedClip.load();
const { images, texts } = await model.embedBatch({
  images: [image],
  texts: labels.map((label) => `this is a photo of ${label}`),
});
const { data } = await similarityMatrix(images, texts);
const highest = Math.max(...data);
const weights = [...data].map((cosine) => Math.exp(model.info.logitScale * (cosine - highest)));
const sum = weights.reduce((a, b) => a + b);
const ranked = labels.map((label, i) => ({ label, probability: weights[i] / sum }));
ranked.sort((a, b) => b.probability - a.probability);
for (const { label, probability } of ranked) console.log(probability.toFixed(4), label);
model.destroy();
await releaseGpu();
