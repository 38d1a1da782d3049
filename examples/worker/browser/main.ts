// Names each picture that is opened by the nearest of the captions.
import { embedInWorker } from './embed-in-worker';

const input = document.querySelector('input');
const captions = document.querySelector('textarea');
const output = document.querySelector('output');

input?.addEventListener('change', async () => {
  if (!captions || !output) return;
  output.textContent = 'embedding';
  const files = [...(input.files ?? [])];
  const lines = captions.value.trim().split('\n');
  const names = embedInWorker(files, lines).then(({ images, texts }) =>
    files.map(({ name }, i) => {
      const cosines = lines.map((_, j) => dot(images.data, texts.data, i, j, images.dim));
      const best = Math.max(...cosines);
      return `${name}: ${lines[cosines.indexOf(best)]} (${best.toFixed(3)})`;
    }),
  );
  output.textContent = await names.then((found) => found.join('\n')).catch((error) => error.message);
});

/** The cosine of row i of a with row j of b: both have length 1. */
function dot(a: Float32Array, b: Float32Array, i: number, j: number, dim: number): number {
  let sum = 0;
  for (let d = 0; d < dim; d++) sum += (a[i * dim + d] ?? 0) * (b[j * dim + d] ?? 0);
  return sum;
}
