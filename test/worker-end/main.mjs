// Ends a worker in the middle of a batch, several times. Arguments: the library's URL, a checkpoint, an adapter.
import { Worker } from 'node:worker_threads';

const [library, checkpoint, adapter] = process.argv.slice(2);
for (let round = 0; round < 3; round++) {
  const worker = new Worker(new URL('worker.mjs', import.meta.url), {
    workerData: { library, checkpoint, adapter },
  });
  const said = (word) => new Promise((resolve) => worker.on('message', (told) => told === word && resolve()));
  worker.on('error', (error) => console.error(error));
  await said('embedding');
  worker.postMessage('stop');
  await said('stopped');
  await worker.terminate();
}
console.log('alive');
