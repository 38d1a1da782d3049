import type { ModelConfig } from '../../weights/config.ts';
import { uploadBert } from '../bert/weights.ts';
import type { Recorder } from '../device/commands.ts';
import type { Gpu } from '../device/gpu.ts';
import { ImageResizer } from '../image/resize.ts';
import type { WeightStorage } from '../kernels/gemm/packed-matrix.ts';
import { uploadVit } from '../vit/weights.ts';
import { COMPILED_AHEAD } from './batch-sizes.ts';
import { recordImages } from './image-tower.ts';
import { recordTexts } from './text-tower.ts';
import { WeightShapes } from './weight-shapes.ts';

/**
 * Compiles the kernels of usual batches, to be called before the weights are read: one block of each tower stands for
 * all. GEMM tiles must have been chosen.
 * @param shapeOf the shape of a tensor of the checkpoint
 * @throws {ShaderError} @throws {GpuValidationError} @throws {GpuInternalError}
 */
export async function compileTowers(
  gpu: Gpu,
  shapeOf: (tensor: string) => readonly number[],
  { image, text }: ModelConfig,
  storage: WeightStorage,
): Promise<void> {
  const shapes = new WeightShapes(shapeOf, storage);
  const vit = await uploadVit(shapes, 1);
  const bert = await uploadBert(shapes, 1, text.width);
  const output = { normalize: true, tokens: false };
  const recordings = [
    ...COMPILED_AHEAD.images.map(
      (images) => (cmd: Recorder) => recordImages(cmd, images, vit, image, output),
    ),
    ...COMPILED_AHEAD.texts.map(
      ({ texts, rows }) =>
        (cmd: Recorder) =>
          recordTexts(cmd, { texts, rows }, bert, text, output),
    ),
  ];
  await Promise.all([ImageResizer.compile(gpu), ...recordings.map((record) => gpu.compile(record))]);
}
