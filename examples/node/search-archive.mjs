// Finds the five images of an archive that fit a sentence best. `embed archive/ --out archive-embedded` made its vectors.
import { readFile } from 'node:fs/promises';
import { BiomedClip, readNpy, releaseGpu, searchIndex } from 'biomedclip-webgpu';

const [folder = 'archive-embedded', query = 'chest X-ray', checkpoint] = process.argv.slice(2);
const manifest = JSON.parse(await readFile(`${folder}/manifest.json`, 'utf8'));
const index = searchIndex(); // in GPU memory: further queries upload nothing but themselves
await index.add(await readNpy(`${folder}/images.npy`), { ids: manifest.images.map(({ id }) => id) });

const model = await BiomedClip.load(checkpoint); // the one that the archive was embedded with
if (model.info.fingerprint !== manifest.fingerprint) throw new Error('the archive is of another model');
const { texts } = await model.embedBatch({ texts: [query] });
const [hits] = await index.query(texts, { topK: Math.min(5, index.rows) });
for (const { id, cosine } of hits) console.log(cosine.toFixed(3), id);
index.destroy();
model.destroy();
await releaseGpu();
