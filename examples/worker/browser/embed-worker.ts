// In the worker: answers each call with rows, which are moved and not copied, or with what went wrong.
import { BiomedClip } from 'biomedclip-webgpu';

interface Work {
  readonly id: number;
  readonly images: readonly Blob[];
  readonly texts: readonly string[];
}

const model = BiomedClip.load(); // or the URL of a checkpoint: the same for all calls

addEventListener('message', async ({ data: { id, images, texts } }: MessageEvent<Work>) => {
  try {
    const result = await (await model).embedBatch({ images, texts });
    const buffers = [result.images.data.buffer, result.texts.data.buffer];
    postMessage({ id, images: result.images, texts: result.texts }, { transfer: buffers });
  } catch (error) {
    postMessage({ id, error: error instanceof Error ? error.message : `${error}` }); // its class does not cross the border
  }
});
