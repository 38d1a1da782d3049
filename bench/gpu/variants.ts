import type { Dtype } from '../../src/api.ts';
import type { DeviceInfo, OptionalFeature } from '../../src/device/adapter.ts';
import { matrixUnit } from '../../src/kernels/gemm/matrix-tiles.ts';
import type { BiomedClipModel } from '../../src/model/biomedclip.ts';
import type { loadBiomedClip } from '../../src/model/load.ts';
import { platform as nodePlatform } from '../../src/node/platform.ts';
import { type ContestParts, contestFiles } from '../tower-contests.ts';
import { noting, preferring, takenForGpu } from './rehearsal.ts';

export const UNITS = 'f16, matrix units';
export const VARIANTS = ['f32', 'f16', UNITS] as const;
/** A way to run the same checkpoint. */
export type VariantName = (typeof VARIANTS)[number];

/** The lowest cosine with ONNX Runtime that is still right: rounded weights and factors cost f16 some. */
export const LEAST_COSINE: Readonly<Record<VariantName, number>> = {
  f32: 0.99999,
  f16: 0.999,
  [UNITS]: 0.999,
};

const UNITS_FEATURE: OptionalFeature = 'chromium-experimental-subgroup-matrix';
const SETTINGS: Readonly<Record<VariantName, { dtype: Dtype; withoutFeatures?: OptionalFeature[] }>> = {
  f32: { dtype: 'f32' },
  f16: { dtype: 'f16', withoutFeatures: [UNITS_FEATURE] },
  [UNITS]: { dtype: 'f16' },
};

/** A model that was loaded, or why there is none. */
export interface VariantLoad {
  readonly name: VariantName;
  readonly seconds?: number;
  /** The tile of each class of GEMM shapes: of the family `matrix`, it runs on matrix units. */
  readonly tiles: Readonly<Record<string, string>>;
  /** Why it is left out. */
  readonly absent?: string;
}

export interface VariantOptions {
  readonly model: string;
  readonly adapter?: string;
  readonly device: DeviceInfo;
  /** Take a software adapter for a GPU, so that its kernels run; tiles are then the first of their family, not the fastest. */
  readonly rehearse: boolean;
  readonly load: typeof loadBiomedClip;
}

/** The checkpoint as we run it, variant by variant. */
export class Variants {
  readonly loaded = new Map<VariantName, BiomedClipModel>();

  private constructor(
    private readonly options: VariantOptions,
    private readonly files: Omit<ContestParts, 'ours'>,
  ) {}

  static async open(options: VariantOptions): Promise<Variants> {
    return new Variants(options, await contestFiles(options.model));
  }

  get config(): ContestParts['config'] {
    return this.files.config;
  }

  /** @throws what loading throws, where the variant is there but cannot be loaded */
  async load(name: VariantName, signal: AbortSignal): Promise<VariantLoad> {
    if (name === UNITS && !matrixUnit(this.options.device, 'f16')) {
      return { name, tiles: {}, absent: 'the adapter offers no matrix units' };
    }
    const tiles = new Map<string, string>();
    const start = performance.now();
    const { model: path, adapter, load } = this.options;
    const model = await load(this.#platform(name, tiles), path, { ...SETTINGS[name], adapter, signal });
    const found = { name, seconds: (performance.now() - start) / 1000, tiles: Object.fromEntries(tiles) };
    if (name === UNITS && ![...tiles.values()].some((tile) => tile.startsWith('matrix.'))) {
      model.destroy();
      return {
        ...found,
        absent: 'no product is computed on them: other tiles were faster, or it is software',
      };
    }
    this.loaded.set(name, model);
    return found;
  }

  /** Inputs for these of the loaded variants. */
  parts(names: readonly VariantName[]): ContestParts {
    const ours = [...this.loaded].filter(([name]) => names.includes(name));
    return { ...this.files, ours: Object.fromEntries(ours) };
  }

  destroy(): void {
    for (const model of this.loaded.values()) model.destroy();
    this.loaded.clear();
  }

  #platform(name: VariantName, tiles: Map<string, string>): typeof nodePlatform {
    const { rehearse } = this.options;
    const cache = rehearse ? preferring(name === UNITS ? 'matrix' : 'tile') : nodePlatform.tuningCache;
    const gpu: typeof nodePlatform.gpu = async (options) => {
      const entry = await nodePlatform.gpu(options);
      return rehearse ? takenForGpu(entry) : entry;
    };
    return { ...nodePlatform, gpu, tuningCache: noting(cache, tiles) };
  }
}
