// Statistics on vectors from anywhere, without a model: two files that numpy.save wrote, float32 [n, D], row by row.
import { readFile } from 'node:fs/promises';
import { modalityGap, releaseGpu, tsne } from 'biomedclip-webgpu';

const [imagesFile = 'images.npy', textsFile = 'texts.npy'] = process.argv.slice(2);
const [images, texts] = [await npyRows(imagesFile), await npyRows(textsFile)];
const { centroidDistance } = await modalityGap(images, texts, { pairBy: 'rows', resamples: 200, permutations: 200 });
const { value, low, high } = centroidDistance;
console.log(`centroid distance: ${value.toFixed(3)} [${low.toFixed(3)}, ${high.toFixed(3)}]`);
const map = await tsne(images, { perplexity: Math.min(30, (images.rows - 1) / 3) });
console.log(`map: ${map.embedding.length / 2} points, KL divergence ${map.klDivergence.toFixed(3)}`);
await releaseGpu();

async function npyRows(file) {
  const bytes = await readFile(file);
  const start = 10 + bytes.readUInt16LE(8); // format 1.0: magic, version, length of the header
  const header = bytes.toString('latin1', 10, start);
  const shape = /\((\d+), (\d+)\)/.exec(header);
  if (!header.includes("'<f4'") || !header.includes("'fortran_order': False") || !shape) {
    throw new Error(`${file}: save it as array.astype('<f4'), two-dimensional, in C order; it has ${header.trim()}`);
  }
  const data = new Float32Array(new Uint8Array(bytes.subarray(start)).buffer);
  return { data, rows: Number(shape[1]), dim: Number(shape[2]) };
}
