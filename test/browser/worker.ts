import { BiomedClip, similarityMatrix, tsne } from '../../src/index.ts';

/** What a worker is asked. */
export interface WorkerTask {
  readonly model: string;
  readonly images: readonly string[];
  readonly texts: readonly string[];
}

/** What it gives. */
export interface WorkerResult {
  readonly inWorker: boolean;
  readonly images: readonly number[];
  readonly texts: readonly number[];
  /** `[images, texts]` */
  readonly cosines: readonly number[];
  /** `[60, 2]`: a map of three clusters */
  readonly map: readonly number[];
  readonly snapshots: readonly { readonly iteration: number; readonly embedding: readonly number[] }[];
}

self.onmessage = async ({ data }: MessageEvent<WorkerTask>) => {
  const { model: source, images: pictures, texts: captions } = data;
  await using model = await BiomedClip.load(source);
  const { images, texts } = await model.embedBatch({ images: pictures, texts: captions });
  const cosines = await similarityMatrix(images, texts, { metric: 'cosine' });
  const snapshots: WorkerResult['snapshots'][number][] = [];
  const map = await tsne(threeClusters(), {
    perplexity: 10,
    maxIter: 500,
    snapshotEvery: 200,
    onSnapshot: ({ iteration, embedding }) => snapshots.push({ iteration, embedding: [...embedding] }),
  });
  const result: WorkerResult = {
    inWorker: typeof document === 'undefined',
    images: [...images.data],
    texts: [...texts.data],
    cosines: [...cosines.data],
    map: [...map.embedding],
    snapshots,
  };
  self.postMessage(result);
};

/** Point i belongs to cluster i mod 3. */
function threeClusters() {
  const [rows, dim] = [60, 4];
  const data = Float32Array.from(
    { length: rows * dim },
    (_, i) => 20 * (Math.floor(i / dim) % 3) + Math.sin(i * 12.9898),
  );
  return { data, rows, dim };
}
