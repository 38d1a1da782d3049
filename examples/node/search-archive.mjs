// Finds the five images of an archive that fit a sentence best. `embed archive/ --out archive-embedded` made its vectors.
import { readFile } from 'node:fs/promises';
import { BiomedClip, readNpy, releaseGpu, similarityMatrix } from 'biomedclip-webgpu';

const [folder = 'archive-embedded', query = 'chest X-ray', checkpoint] = process.argv.slice(2);
const manifest = JSON.parse(await readFile(`${folder}/manifest.json`, 'utf8'));
const images = await readNpy(`${folder}/images.npy`);

const model = await BiomedClip.load(checkpoint); // the one that the archive was embedded with
if (model.info.fingerprint !== manifest.fingerprint) throw new Error('the archive is of another model');
const { texts } = await model.embedBatch({ texts: [query] });
const { indices, values } = await similarityMatrix(texts, images, { topK: Math.min(5, images.rows) });
for (const [place, row] of indices.entries()) {
  console.log(values[place].toFixed(3), manifest.images[row].id);
}
model.destroy();
await releaseGpu();
