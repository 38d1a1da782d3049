// The other side of node.mjs: one call, then it gives everything back and ends.
import { parentPort } from 'node:worker_threads';
import { BiomedClip, releaseGpu } from 'biomedclip-webgpu';

parentPort.once('message', async ({ texts }) => {
  const model = await BiomedClip.load();
  const { data, rows, dim } = (await model.embedBatch({ texts })).texts;
  parentPort.postMessage({ data, rows, dim }, [data.buffer]); // moved, not copied
  model.destroy();
  await releaseGpu();
});
