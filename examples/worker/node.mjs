// Embeds in a thread, so that a server answers meanwhile: node examples/worker/node.mjs
import { Worker } from 'node:worker_threads';

const worker = new Worker(new URL('./node-worker.mjs', import.meta.url));
let ticks = 0;
const timer = setInterval(() => ticks++, 10); // the main thread's other work
const answer = await new Promise((resolve, reject) => {
  worker.once('message', resolve).once('error', reject);
  worker.postMessage({ texts: ['this is a photo of chest X-ray', 'this is a photo of brain MRI'] });
});
clearInterval(timer);
console.log(`${answer.rows} x ${answer.dim} from the worker; the main thread ticked ${ticks} times`);
await new Promise((resolve) => worker.once('exit', resolve)); // it ends by itself: terminate() could cut a call short
