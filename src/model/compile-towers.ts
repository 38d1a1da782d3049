import type { ModelConfig } from '../../weights/config.ts';
import type { WantedTowers } from '../../weights/tower-config.ts';
import type { Gpu } from '../device/gpu.ts';
import { ImageResizer } from '../image/resize.ts';
import type { GemmShape } from '../kernels/gemm/tile.ts';
import { COMPILED_AHEAD, tunedRows } from './batch-sizes.ts';
import { recordImages, tokensPerImage } from './image-tower.ts';
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
  wanted: WantedTowers,
  storages: WeightStorages,
): Promise<void> {
  const shapes = new WeightShapes(shapeOf, storages.matrices, storages.tables);
  const output = { normalize: true, tokens: false };
  const pending: Promise<void>[] = [];
  if (wanted.image) {
    const forward = await kindOfImageTower(image).upload(shapes, { ...image, depth: 1 });
    pending.push(ImageResizer.compile(gpu));
    for (const images of COMPILED_AHEAD.images) {
      pending.push(gpu.compile((cmd) => recordImages(cmd, images, forward, image, output)));
    }
  }
  if (wanted.text) {
    const forward = await kindOfTextTower(text).upload(shapes, { ...text, depth: 1 });
    for (const shape of COMPILED_AHEAD.texts) {
      pending.push(gpu.compile((cmd) => recordTexts(cmd, shape, forward, output)));
    }
  }
  await Promise.all(pending);
}

/** The GEMMs that take nearly all the time, at the rows of a usual batch, and those of the last blocks: a row an item. */
export function tunedShapes(
  { image, text }: ModelConfig,
  wanted: WantedTowers,
  storage: GemmShape['storage'],
): GemmShape[] {
  const rows = tunedRows(tokensPerImage(image));
  const towers = [
    ...(wanted.image ? [{ ...image, rows: rows.images }] : []),
    ...(wanted.text ? [{ ...text, rows: rows.texts }] : []),
  ];
  return towers.flatMap(({ width, mlpWidth, rows: batches }) => {
    const afterAttention = (M: number) => [
      { M, N: width, K: width, storage },
      { M, N: mlpWidth, K: width, storage },
      { M, N: width, K: mlpWidth, storage },
    ];
    return [
      ...batches.flatMap((M) => [{ M, N: 3 * width, K: width, storage }, ...afterAttention(M)]),
      ...rows.lastBlock.flatMap(afterAttention),
    ];
  });
}
