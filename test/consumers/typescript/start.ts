import { BiomedClip, type EmbedInputs, similarityMatrix, type Vectors } from 'biomedclip-webgpu';
import { cosineHeatmap } from 'biomedclip-webgpu/plots';

const data = Uint8ClampedArray.from({ length: 64 * 64 * 4 }, (_, i) => (i % 4 === 3 ? 255 : (i / 64) % 256));
const inputs: EmbedInputs = {
  images: [{ width: 64, height: 64, data }],
  texts: ['this is a photo of chest X-ray', 'this is a photo of brain MRI'],
};
const model = await BiomedClip.load();
const { images, texts } = await model.embedBatch(inputs);
const [a, b]: Vectors[] = [images, texts];
if (!a || !b || cosineHeatmap.length === 0) throw new Error('nothing came out');
const { data: cosines } = await similarityMatrix(a, b, { metric: 'cosine' });
console.log(JSON.stringify([...cosines]));
model.destroy();
