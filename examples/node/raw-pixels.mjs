// Embeds pixels that another program decoded, such as a DICOM reader: RGBA bytes, row by row, not premultiplied.
import { BiomedClip, releaseGpu } from 'biomedclip-webgpu';

const [width, height] = [320, 240];
const data = new Uint8ClampedArray(4 * width * height);
for (let y = 0; y < height; y++) {
  for (let x = 0; x < width; x++) {
    const grey = Math.hypot(x - width / 2, y - height / 2) < 80 ? 220 : 20; // a bright disc
    data.set([grey, grey, grey, 255], 4 * (y * width + x));
  }
}
const model = await BiomedClip.load();
const { images } = await model.embedBatch({ images: [{ id: 'disc', source: { width, height, data } }] });
console.log(`${images.ids[0]}: ${images.rows} x ${images.dim}, length ${Math.hypot(...images.data).toFixed(4)}`);
model.destroy();
await releaseGpu();
