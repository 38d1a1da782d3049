import addPositionsSource from '../../shaders/add-positions.wgsl';
import patchifySource from '../../shaders/patchify.wgsl';
import type { Commands } from '../device/commands.ts';
import { defineKernel } from '../device/kernel.ts';
import type { Tensor } from '../device/tensor.ts';
import { ShapeError } from '../errors.ts';
import { type Linear, linear } from './gemm/gemm.ts';

const patchifyKernel = /* @__PURE__ */ defineKernel({
  name: 'patchify',
  source: patchifySource,
  params: {
    patches: 'u32',
    side: 'u32',
    patchSize: 'u32',
    meanR: 'f32',
    meanG: 'f32',
    meanB: 'f32',
    stdR: 'f32',
    stdG: 'f32',
    stdB: 'f32',
  },
  bind: { pixels: 'read', rows: 'write' },
});

const addPositionsKernel = /* @__PURE__ */ defineKernel({
  name: 'add-positions',
  source: addPositionsSource,
  params: { tokens: 'u32', perImage: 'u32', width: 'u32', classTokens: 'u32' },
  bind: { patches: 'read', cls: 'read', positions: 'read', x: 'write' },
});

export interface PatchEmbedWeights {
  /** The convolution's weight `[C, 3, P, P]` seen as `[C, 3 P P]`, and its bias `[C]`. */
  readonly proj: Linear;
  /** `[C]`, where there is a class token */
  readonly cls?: Tensor;
  /** `[T, C]`, T = floor(S / P)^2, and 1 more with a class token */
  readonly positions: Tensor;
}

export type Rgb = readonly [r: number, g: number, b: number];

/** Input normalisation: (byte / 255 - mean) / std. */
export interface Normalization {
  readonly mean: Rgb;
  readonly std: Rgb;
}

/**
 * Records the image tower's first layer: pixels `[B, S, S]` (a word each: R, G, B from the lowest byte) to tokens
 * `[B * T, C]`, the class token first where there is one, positions added. As timm's PatchEmbed and _pos_embed: pixels that
 * fill no patch, at the right and the bottom, are not read.
 * @throws {ShapeError} unless the positions fit
 */
export function patchEmbed(
  cmd: Commands,
  pixels: Tensor,
  { proj, cls, positions }: PatchEmbedWeights,
  patch: number,
  { mean, std }: Normalization,
): Tensor {
  const [images = 0, side = 0] = pixels.shape;
  const classTokens = cls ? 1 : 0;
  const perImage = Math.floor(side / patch) ** 2 + classTokens;
  const [tokens = 0, width = 0] = positions.shape;
  if (tokens !== perImage)
    throw new ShapeError('patchEmbed', 'positions', `[${perImage}, C]`, positions.shape);
  const patches = images * (perImage - classTokens);

  const x = cmd.alloc([images * perImage, width]);
  cmd.scope(() => {
    const rows = cmd.alloc([patches, 3 * patch * patch]);
    cmd.dispatch(patchifyKernel, {
      bind: { pixels, rows },
      params: {
        patches,
        side,
        patchSize: patch,
        meanR: mean[0],
        meanG: mean[1],
        meanB: mean[2],
        stdR: std[0],
        stdG: std[1],
        stdB: std[2],
      },
      groups: patches,
    });
    cmd.dispatch(addPositionsKernel, {
      bind: { patches: linear(cmd, rows, proj), cls: cls ?? positions, positions, x }, // not read without one
      params: { tokens: images * perImage, perImage, width, classTokens },
      groups: images * perImage,
    });
  });
  return x;
}
