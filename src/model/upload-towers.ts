import type { ModelConfig } from '../../weights/config.ts';
import { weightReader } from '../../weights/reader.ts';
import { tensorNames } from '../../weights/schema.ts';
import type { Checkpoint } from '../../weights/tensor-info.ts';
import { LOGIT_BIAS, LOGIT_SCALE } from '../../weights/tensor-names.ts';
import type { WantedTowers } from '../../weights/tower-config.ts';
import type { LoadOptions } from '../api.ts';
import type { Gpu } from '../device/gpu.ts';
import type { Tensor } from '../device/tensor.ts';
import { ImageTower } from './image-tower.ts';
import type { WeightStorages } from './storages.ts';
import { TextTower } from './text-tower.ts';
import { kindOfImageTower, kindOfTextTower } from './tower-kinds.ts';
import { WeightUploader } from './weight-uploader.ts';

/** A tower on the GPU, and the weights to be freed with it. */
export interface LoadedTower<Tower> {
  readonly tower: Tower;
  readonly tensors: readonly Tensor[];
}

/** The towers that were wanted. */
export interface LoadedTowers {
  readonly image: LoadedTower<ImageTower> | undefined;
  readonly text: LoadedTower<TextTower> | undefined;
}

/** Uploads both towers at once: while the GPU repacks a piece of one, a piece of the other is read and checked. */
export async function uploadTowers(
  gpu: Gpu,
  checkpoint: Checkpoint,
  { image, text, ...config }: ModelConfig,
  wanted: WantedTowers,
  storages: WeightStorages,
  { signal, onProgress }: LoadOptions,
): Promise<LoadedTowers> {
  const total = tensorNames({ image, text, ...config }, checkpoint, wanted)
    .filter((name) => name !== LOGIT_SCALE && name !== LOGIT_BIAS) // they never go to the GPU
    .reduce((sum, name) => sum + (checkpoint.tensors.get(name)?.byteLength ?? 0), 0);
  const failed = new AbortController(); // one tower's failure ends the other's upload
  const reader = weightReader(checkpoint, {
    signal: signal ? AbortSignal.any([signal, failed.signal]) : failed.signal,
    onRead: (done) => onProgress?.({ stage: 'weights', done, total }),
  });
  const upload = async <Forward, Tower>(
    forwardOf: (from: WeightUploader) => Promise<Forward>,
    towerOf: (forward: Forward) => Tower,
  ): Promise<LoadedTower<Tower>> => {
    const uploader = new WeightUploader(gpu, reader, storages.matrices, storages.tables);
    try {
      return { tower: towerOf(await forwardOf(uploader)), tensors: uploader.tensors };
    } finally {
      uploader.finish();
    }
  };
  const [imageTower, textTower] = await allOrFirstError(
    [
      wanted.image
        ? upload(
            (from) => kindOfImageTower(image).upload(from, image),
            (forward) => new ImageTower(gpu, forward, image),
          )
        : undefined,
      wanted.text
        ? upload(
            (from) => kindOfTextTower(text).upload(from, text),
            (forward) => new TextTower(gpu, forward, text),
          )
        : undefined,
    ],
    () => failed.abort(),
  );
  return { image: imageTower, text: textTower };
}

/** Both results. Where one fails, `stop` is called, and the error thrown once the other has ended. */
async function allOrFirstError<A, B>(
  pending: [Promise<A> | undefined, Promise<B> | undefined],
  stop: () => void,
): Promise<[A | undefined, B | undefined]> {
  try {
    return await Promise.all(pending);
  } catch (error) {
    stop();
    await Promise.allSettled(pending);
    throw error;
  }
}
