import type { ModelConfig } from '../../weights/config.ts';
import type { ModelInfo } from '../api.ts';
import type { ClosingMaps } from '../closing-data.ts';
import type { Gpu } from '../device/gpu.ts';
import { ImageResizer } from '../image/resize.ts';
import type { TextTokenizer } from '../text/text-tokenizer.ts';
import type { LoadedTowers } from './upload-towers.ts';

export interface ModelParts {
  /** Undefined without the text tower. */
  readonly tokenizer: TextTokenizer | undefined;
  readonly towers: LoadedTowers;
  readonly config: ModelConfig;
  readonly closing?: { readonly maps: ClosingMaps };
}

/** A model's weights on a device, with the device. */
export class ModelOnGpu {
  readonly resizer: ImageResizer;
  #isFree = false;

  constructor(
    readonly info: ModelInfo,
    readonly gpu: Gpu,
    readonly parts: ModelParts,
  ) {
    this.resizer = new ImageResizer(gpu, parts.config.image);
  }

  /** Idempotent. */
  free(): void {
    if (this.#isFree) return;
    this.#isFree = true;
    this.resizer.destroy();
    for (const loaded of [this.parts.towers.image, this.parts.towers.text]) {
      loaded?.tower.destroy();
      for (const tensor of loaded?.tensors ?? []) this.gpu.free(tensor);
    }
    this.gpu.destroy();
  }
}

/** Loads the same again, on a new device. */
export type Reload = (signal: AbortSignal | undefined) => Promise<ModelOnGpu>;
