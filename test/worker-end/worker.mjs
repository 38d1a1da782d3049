import { parentPort, workerData } from 'node:worker_threads';

const { library, checkpoint, adapter } = workerData;
const { BiomedClip } = await import(library);
const model = await BiomedClip.load(checkpoint, { adapter });
const abort = new AbortController();
const texts = Array.from({ length: 300 }, (_, i) => `chest x-ray number ${i}, with a few more words`);
const onProgress = () => parentPort.postMessage('embedding');
const job = model.embedBatch({ texts }, { batchSize: 4, signal: abort.signal, onProgress });
job.catch(() => {}); // awaited below
parentPort.once('message', async () => {
  abort.abort();
  await job.catch(() => {});
  await model[Symbol.asyncDispose]();
  parentPort.postMessage('stopped');
});
