import { BiomedClip, similarityMatrix } from 'biomedclip-webgpu';

const TEXTS = ['this is a photo of chest X-ray', 'this is a photo of brain MRI'];

/** The cosines of images, of a drawn one if none is given, with two captions. */
export async function cosines(images = [gradient()], source = undefined) {
  const model = await BiomedClip.load(source);
  const embedded = await model.embedBatch({ images, texts: TEXTS });
  const { data } = await similarityMatrix(embedded.images, embedded.texts, { metric: 'cosine' });
  model.destroy();
  return [...data];
}

/** 64 x 64 pixels, RGBA. */
function gradient() {
  const data = Uint8ClampedArray.from({ length: 64 * 64 * 4 }, (_, i) => (i % 4 === 3 ? 255 : (i / 64) % 256));
  return { width: 64, height: 64, data };
}
