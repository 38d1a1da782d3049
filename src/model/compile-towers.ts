import type { ModelConfig } from '../../weights/config.ts';
import type { Recorder } from '../device/commands.ts';
import type { Gpu } from '../device/gpu.ts';
import { ImageResizer } from '../image/resize.ts';
import { COMPILED_AHEAD } from './batch-sizes.ts';
import { recordImages } from './image-tower.ts';
import type { WeightStorages } from './storages.ts';
import { recordTexts } from './text-tower.ts';
import { kindOfImageTower, kindOfTextTower } from './tower-kinds.ts';
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
  storages: WeightStorages,
): Promise<void> {
  const shapes = new WeightShapes(shapeOf, storages.matrices, storages.tables);
  const imageForward = await kindOfImageTower(image).upload(shapes, { ...image, depth: 1 });
  const textForward = await kindOfTextTower(text).upload(shapes, { ...text, depth: 1 });
  const output = { normalize: true, tokens: false };
  const recordings = [
    ...COMPILED_AHEAD.images.map(
      (images) => (cmd: Recorder) => recordImages(cmd, images, imageForward, image, output),
    ),
    ...COMPILED_AHEAD.texts.map(
      ({ texts, rows }) =>
        (cmd: Recorder) =>
          recordTexts(cmd, { texts, rows }, textForward, output),
    ),
  ];
  await Promise.all([ImageResizer.compile(gpu), ...recordings.map((record) => gpu.compile(record))]);
}
