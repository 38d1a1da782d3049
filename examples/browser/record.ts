// npm run page:record: computes the example set, and writes what the page shows where there is no GPU.
import { readFile, writeFile } from 'node:fs/promises';
import { BiomedClip, openPairs, releaseGpu } from 'biomedclip-webgpu';
import { version } from '../../package.json';
import { Engine } from './src/engine/engine.ts';
import { spaceOf } from './src/engine/space.ts';
import { base64Of, type Recording } from './src/recorded/recording.ts';

const FOLDER = new URL('../biomed/', import.meta.url);
const FILE = new URL('public/recorded-example.json', import.meta.url);
/** As the page measures, and lays out 178 points. */
const RESAMPLES = 1000;
const PERPLEXITY = 30;

const model = await BiomedClip.load();
const set = await openPairs(new URL('captions.csv', FOLDER));
const ids = set.pairs.map(({ id }) => id);
const { images, texts } = await model.embedBatch({
  images: await Promise.all(ids.map(async (id) => ({ id, source: await readFile(new URL(id, FOLDER)) }))),
  texts: set.pairs.map(({ id, text }) => ({ id, text })),
});
const engine = new Engine();
engine.takeUp({ images, texts }, spaceOf(model.info));
const { gapVector, ...gap } = await engine.gap('embedded', model.info.logitScale, RESAMPLES, () => {});
const figures = await engine.figures('embedded');
const principal = await engine.principalMap();
let map = new Float32Array();
let klDivergence: number | undefined;
await engine.map({ perplexity: PERPLEXITY }, (step) => {
  [map, klDivergence] = [step.embedding, step.klDivergence];
});
const { fingerprint, logitScale, adapter } = model.info;
const recording: Recording = {
  ...{ date: new Date().toISOString().slice(0, 10), adapter, version, fingerprint, logitScale },
  ...{ ids, dim: images.dim, images: base64Of(images.data), texts: base64Of(texts.data) },
  ...{ map: base64Of(map), klDivergence },
  principal: { embedding: base64Of(principal.embedding), explained: principal.explained },
  ...{ figures, gap: { ...gap, gapVector: [...gapVector] } },
};
await writeFile(FILE, `${JSON.stringify(recording)}\n`);
model.destroy();
await releaseGpu();
