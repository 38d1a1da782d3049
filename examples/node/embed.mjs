// Embeds two images and two captions, and prints the cosine of each image with each caption.
import { BiomedClip, releaseGpu, similarityMatrix } from 'biomedclip-webgpu';

const example = (file) => import.meta.resolve(`biomedclip-webgpu/examples/biomed/${file}`);
const model = await BiomedClip.load(process.argv[2]); // a directory, a URL or a name; by default the small model
const { images, texts } = await model.embedBatch({
  images: [example('07-chest-x-ray.png'), example('08-brain-mri.png')],
  texts: ['this is a photo of chest X-ray', 'this is a photo of brain MRI'],
});
const { data, rows, cols } = await similarityMatrix(images, texts);
for (let i = 0; i < rows; i++) {
  console.log([...data.subarray(i * cols, (i + 1) * cols)].map((cosine) => cosine.toFixed(3)).join(' '));
}
model.destroy();
await releaseGpu();
