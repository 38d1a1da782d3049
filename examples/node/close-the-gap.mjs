// Fits a map for each modality that closes the gap, and judges it on subjects that the fit has not seen.
import { BiomedClip, fitGapClosing, modalityGap, releaseGpu } from 'biomedclip-webgpu';
import { readPairs } from './pairs.mjs';

const [out = 'gap.safetensors', checkpoint, csv] = process.argv.slice(2);
const pairs = await readPairs(csv);
const model = await BiomedClip.load(checkpoint);
const rows = await model.embedBatch({
  images: pairs.map(({ image }) => image),
  texts: pairs.map(({ caption }) => caption),
});
const closing = await fitGapClosing(rows, {
  method: 'transport',
  model: model.info, // so that rows of another model are refused
  groups: pairs.map(({ subject }) => subject),
});
for (const warning of closing.report.warnings) console.log(`warning: ${warning}`);
console.log(`held out: ${closing.report.heldOut?.pairs} pairs in ${closing.report.heldOut?.folds} folds`);

const closed = { images: await closing.images(rows.images), texts: await closing.texts(rows.texts) };
for (const [when, { images, texts }] of Object.entries({ before: rows, after: closed })) {
  const gap = await modalityGap(images, texts, { pairBy: 'rows', resamples: 0, permutations: 0 });
  console.log(`${when}: centroid distance ${gap.centroidDistance.value.toFixed(3)}`);
}
await closing.save(out); // BiomedClip.load(source, { closing: await loadGapClosing(out) })
model.destroy();
await releaseGpu();
