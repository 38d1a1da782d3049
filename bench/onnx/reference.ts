import type { FileDirectory } from '../../src/platform/files.ts';
import { openCheckpoint } from '../../weights/checkpoint.ts';
import { type ModelConfig, readConfig } from '../../weights/config.ts';
import { elementCount } from '../../weights/tensor-info.ts';
import { floatPieces } from '../../weights/tensor-pieces.ts';
import { type BertGraphConfig, bertModel } from './bert.ts';
import type { WeightLookup } from './layers.ts';
import { createSession, type OnnxSession, type OnnxSessionOptions } from './session.ts';
import { type VitGraphConfig, vitModel } from './vit.ts';

/** The image tower of a checkpoint in ONNX Runtime, on the same weights as ours. */
export async function referenceVit(
  directory: FileDirectory,
  session: OnnxSessionOptions,
  options: Pick<VitGraphConfig, 'attention' | 'mutate'> = {},
): Promise<OnnxSession> {
  const { config, lookup } = await readTower(directory, 'visual.');
  const { size: imageSize, patch, depth, heads, eps } = config.image;
  return createSession(vitModel(lookup, { imageSize, patch, depth, heads, eps, ...options }), session);
}

/** The text tower, likewise. */
export async function referenceBert(
  directory: FileDirectory,
  session: OnnxSessionOptions,
  options: Pick<BertGraphConfig, 'attention' | 'mutate'> = {},
): Promise<OnnxSession> {
  const { config, lookup } = await readTower(directory, 'text.');
  const { depth, heads, eps } = config.text;
  return createSession(bertModel(lookup, { depth, heads, eps, ...options }), session);
}

/** The tower's weights, all in memory: that is how ONNX Runtime takes them. */
async function readTower(
  directory: FileDirectory,
  prefix: 'visual.' | 'text.',
): Promise<{ config: ModelConfig; lookup: WeightLookup }> {
  const checkpoint = await openCheckpoint(directory);
  try {
    const config = await readConfig(directory, checkpoint);
    const weights = new Map<string, { shape: readonly number[]; data: Float32Array }>();
    for (const { name, shape, dtype } of checkpoint.tensors.values()) {
      if (!name.startsWith(prefix) || dtype === 'I64') continue;
      const data = new Float32Array(elementCount(shape));
      for await (const { start, values } of floatPieces(checkpoint, name)) data.set(values, start);
      weights.set(name, { shape, data });
    }
    const lookup: WeightLookup = (name) => {
      const weight = weights.get(name);
      if (!weight) throw new RangeError(`the checkpoint has no tensor ${name}`);
      return weight;
    };
    return { config, lookup };
  } finally {
    await checkpoint.close();
  }
}

/** Bytes R, G, B, A `[B, S, S, 4]` as the image tower sees them: `[B, 3, S, S]`, (byte / 255 - mean) / std. */
export function normalisePixels(
  images: readonly Uint8ClampedArray[],
  { mean, std, size }: Pick<ModelConfig['image'], 'mean' | 'std' | 'size'>,
): Float32Array {
  const area = size * size;
  const pixels = new Float32Array(images.length * 3 * area);
  for (const [b, image] of images.entries()) {
    for (const channel of [0, 1, 2] as const) {
      for (let i = 0; i < area; i++) {
        const value = ((image[4 * i + channel] ?? 0) / 255 - mean[channel]) / std[channel];
        pixels[(3 * b + channel) * area + i] = value;
      }
    }
  }
  return pixels;
}
