import { classTokens, type ImageTowerConfig, patchGrid } from '../../weights/tower-config.ts';
import type { Recorder } from '../device/commands.ts';
import type { Gpu } from '../device/gpu.ts';
import { type KernelTime, profileProgram } from '../device/profile.ts';
import type { Prologue } from '../device/program.ts';
import type { Tensor } from '../device/tensor.ts';
import { attentionTileCount, attentionTiles } from '../kernels/attention.ts';
import {
  maxTokens,
  type Submitted,
  type TowerOptions,
  type TowerProgram,
  TowerPrograms,
  towerOutputs,
} from './tower.ts';
import type { ImageForward } from './tower-kinds.ts';

/** Runs the image tower on batches of any size, one recorded program a batch size. */
export class ImageTower {
  readonly #programs: TowerPrograms<'pixels'>;

  constructor(
    private readonly gpu: Gpu,
    private readonly forward: ImageForward,
    private readonly config: ImageTowerConfig,
  ) {
    this.#programs = new TowerPrograms(gpu);
  }

  /** T: the class token and one a patch. */
  get tokensPerImage(): number {
    return tokensPerImage(this.config);
  }

  /** Images that a pass can take. */
  get maxBatch(): number {
    return Math.max(1, Math.floor(maxTokens(this.gpu, this.config) / this.tokensPerImage));
  }

  /**
   * Submits B images; the output comes when the GPU is done.
   * @param resize gives what writes the images, S x S, into `pixels` `[B, S, S]`
   */
  async submit(
    images: number,
    options: TowerOptions,
    resize: (pixels: Tensor) => Promise<Prologue>,
  ): Promise<Submitted> {
    const program = await this.#program(images, options);
    const { pixels, tiles } = program.recording.inputs;
    const prologue = await resize(pixels);
    const T = this.tokensPerImage;
    const lengths = new Array<number>(images).fill(T);
    const inputs = {
      tiles: attentionTiles(this.gpu, lengths, tiles.shape[0] ?? 0),
      pooledRows: pooledRows(images, T, this.config),
    };
    return this.#programs.submit(program, inputs, { prologue });
  }

  /** GPU time a kernel in a pass over B images, on whatever pixels the recorded program holds. */
  async profile(images: number): Promise<KernelTime[]> {
    const options = { normalize: true, tokens: false };
    await (await this.submit(images, options, async () => () => {})).output;
    return profileProgram(await this.#program(images, options));
  }

  destroy(): void {
    this.#programs.destroy();
  }

  #program(images: number, options: TowerOptions): Promise<TowerProgram<'pixels'>> {
    const build = (cmd: Recorder) => recordImages(cmd, images, this.forward, this.config, options);
    return this.#programs.get(`image tower, batch of ${images}`, options, build);
  }
}

/** Records the pass over B images: what `embedBatch` runs, and what is compiled before there are weights. */
export function recordImages(
  cmd: Recorder,
  images: number,
  forward: ImageForward,
  config: ImageTowerConfig,
  options: TowerOptions,
): TowerProgram<'pixels'>['recording'] {
  const { size } = config;
  const tiles = attentionTileCount(cmd.gpu, images, images * tokensPerImage(config));
  const inputs = {
    pixels: cmd.input([images, size, size], 'u32'),
    tiles: cmd.input([tiles, 4], 'u32'),
    pooledRows: cmd.input([images, 2], 'u32'),
  };
  const { embedding, tokens } = forward(cmd, inputs, options.tokens);
  return { inputs, outputs: towerOutputs(cmd, embedding, tokens, options) };
}

/** `[B, 2]`: the class token of each image, or its patches. */
function pooledRows(images: number, T: number, config: ImageTowerConfig): Uint32Array {
  const before = classTokens(config);
  const [first, count] = config.pool ? [before, T - before] : [0, 1];
  return Uint32Array.from(Array.from({ length: images }, (_, i) => [i * T + first, count]).flat());
}

/** T: the class token, where there is one, and one a patch. */
export function tokensPerImage(config: ImageTowerConfig): number {
  return patchGrid(config) ** 2 + classTokens(config);
}
