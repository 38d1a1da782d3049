// On the page: calls the worker as if it were a function.
import type { Embeddings } from 'biomedclip-webgpu';

interface Answer {
  readonly id: number;
  readonly images: Embeddings;
  readonly texts: Embeddings;
  readonly error?: string;
}

const worker = new Worker(new URL('./embed-worker.ts', import.meta.url), { type: 'module' });
let calls = 0;

/** Embeds images and texts without blocking the page. */
export function embedInWorker(images: readonly Blob[], texts: readonly string[]): Promise<Answer> {
  const id = calls++;
  return new Promise((resolve, reject) => {
    const listen = ({ data }: MessageEvent<Answer>) => {
      if (data.id !== id) return;
      worker.removeEventListener('message', listen);
      if (data.error === undefined) resolve(data);
      else reject(new Error(data.error));
    };
    worker.addEventListener('message', listen);
    worker.postMessage({ id, images, texts });
  });
}
