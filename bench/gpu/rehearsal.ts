import type { GemmTile } from '../../src/kernels/gemm/tile.ts';
import type { TuningCache } from '../../src/kernels/gemm/tuning.ts';

/** An entry point whose adapter has a name that no software adapter has, so that the GPU's kernels run on it. */
export async function takenForGpu(entry: GPU): Promise<GPU> {
  const adapter = await entry.requestAdapter();
  if (!adapter) throw new RangeError('the entry point has no adapter');
  const { subgroupMinSize, subgroupMaxSize } = adapter.info;
  const { subgroupMatrixConfigs } = adapter.info as { subgroupMatrixConfigs?: unknown };
  const info = { vendor: 'test', architecture: '', description: 'taken for a GPU', device: '' };
  const disguised = {
    features: adapter.features,
    limits: adapter.limits,
    info: { ...info, subgroupMinSize, subgroupMaxSize, subgroupMatrixConfigs },
    requestDevice: (descriptor: GPUDeviceDescriptor) => adapter.requestDevice(descriptor),
  };
  return { requestAdapter: async () => disguised } as unknown as GPU;
}

/** Remembers of every shape that the first tile of that family was the fastest; has it measured where there is none. */
export function preferring(family: GemmTile['family']): TuningCache {
  return {
    async get(key) {
      const index = tilesOf(key).findIndex((tile) => tile.startsWith(`${family}.`));
      return index >= 0 ? String(index) : undefined;
    },
    set: async () => {},
  };
}

/** A cache that notes the tile chosen for each class of shapes, whether it was known or is measured now. */
export function noting(cache: TuningCache, chosen: Map<string, string>): TuningCache {
  const note = (key: string, index: string | undefined) => {
    const tile = tilesOf(key)[Number(index ?? Number.NaN)];
    if (tile !== undefined) chosen.set(key.split(' | ').at(-2) ?? key, tile);
  };
  return {
    async get(key) {
      const index = await cache.get(key);
      note(key, index);
      return index;
    },
    async set(key, index) {
      note(key, index);
      await cache.set(key, index);
    },
  };
}

/** The candidates, which stand at the end of the tuner's keys. */
function tilesOf(key: string): string[] {
  return key.split(' | ').at(-1)?.split(',') ?? [];
}
