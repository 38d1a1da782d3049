import { NoAdapterError } from './errors.ts';
import { Gpu } from './gpu.ts';

/** Properties of the adapter behind a device. */
export interface DeviceInfo {
  /** As WebGPU names it, such as "nvidia". */
  readonly vendor: string;
  /** As WebGPU names it, such as "ampere"; empty where it is hidden. */
  readonly architecture: string;
  /** The GPU as WebGPU names it, such as "llvmpipe-llvm-15-0-6-256-bits". */
  readonly device: string;
  /** The driver and its version where the implementation tells it, else what is known of the GPU. */
  readonly description: string;
  /** Features of the device, by their WebGPU names. */
  readonly features: ReadonlySet<string>;
  /** Lanes of the smallest subgroup; 0 where it is unknown. */
  readonly subgroupMinSize: number;
  /** Lanes of the largest subgroup; 0 where it is unknown. */
  readonly subgroupMaxSize: number;
  /** Products that the matrix units offer, in the driver's order of preference; empty without the feature. */
  readonly subgroupMatrices: readonly SubgroupMatrix[];
  /** Runs on the CPU: loads and workgroup memory are slow, arithmetic and subgroup broadcasts fast. */
  readonly software: boolean;
}

/** One product of a matrix unit: `[M, K]` by `[K, N]`, both of `componentType`. */
export interface SubgroupMatrix {
  /** Element type of both factors, such as `f16`. */
  readonly componentType: string;
  /** Element type of the sum, such as `f32`. */
  readonly resultComponentType: string;
  /** Rows of the left factor and of the product. */
  readonly M: number;
  /** Columns of the right factor and of the product. */
  readonly N: number;
  /** Length of each inner product. */
  readonly K: number;
}

const SUBGROUP_MATRIX = 'chromium-experimental-subgroup-matrix';

/**
 * Features that are used where available; each has a fallback. The last is Dawn's own, offered in Node, and in Chromium
 * with `--enable-unsafe-webgpu`.
 */
export const OPTIONAL_FEATURES = ['shader-f16', 'subgroups', 'timestamp-query', SUBGROUP_MATRIX] as const;
/** The WebGPU name of a feature that is used where it is there. */
export type OptionalFeature = (typeof OPTIONAL_FEATURES)[number];

export interface DeviceOptions {
  /** Features not to request, for tests and for faulty drivers. */
  readonly withoutFeatures?: readonly OptionalFeature[];
}

/**
 * The best adapter of `entry` with every optional feature and the largest limits it offers.
 * @throws {NoAdapterError} where there is none
 */
export async function requestGpu(entry: GPU, { withoutFeatures = [] }: DeviceOptions = {}): Promise<Gpu> {
  const adapter = await granted(entry.requestAdapter({ powerPreference: 'high-performance' }));
  if (!adapter) throw new NoAdapterError(undefined, 'the WebGPU implementation offers none');
  const without = new Set(withoutFeatures);
  if (without.has('subgroups')) without.add(SUBGROUP_MATRIX); // which brings subgroups with it
  const features = OPTIONAL_FEATURES.filter((f) => adapter.features.has(f) && !without.has(f));
  const { limits } = adapter;
  const request = adapter.requestDevice({
    requiredFeatures: features as GPUFeatureName[],
    requiredLimits: {
      maxBufferSize: limits.maxBufferSize,
      maxStorageBufferBindingSize: limits.maxStorageBufferBindingSize,
      maxComputeInvocationsPerWorkgroup: limits.maxComputeInvocationsPerWorkgroup,
      maxComputeWorkgroupSizeX: limits.maxComputeWorkgroupSizeX,
      maxComputeWorkgroupStorageSize: limits.maxComputeWorkgroupStorageSize,
      maxStorageBuffersPerShaderStage: limits.maxStorageBuffersPerShaderStage,
    },
  });
  const device = await granted(request);
  return Gpu.open(device, describeDevice(device, adapter.info));
}

/** @throws {NoAdapterError} with WebGPU's reason */
async function granted<T>(request: Promise<T>): Promise<T> {
  return request.catch((cause: unknown) => {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new NoAdapterError(undefined, `it was refused: ${reason}`, { cause });
  });
}

/** The properties of any device, including a caller's. */
export function describeDevice(device: GPUDevice, info: GPUAdapterInfo = device.adapterInfo): DeviceInfo {
  const { vendor, architecture, description, device: name } = info;
  return {
    vendor,
    architecture,
    device: name.replace(/-+$/, '') || `${vendor} ${architecture}`,
    description: description || name || `${vendor} ${architecture}`,
    features: new Set(device.features),
    subgroupMinSize: info.subgroupMinSize ?? 0,
    subgroupMaxSize: info.subgroupMaxSize ?? 0,
    subgroupMatrices: device.features.has(SUBGROUP_MATRIX) ? subgroupMatrices(info) : [],
    software: isSoftware(info),
  };
}

/** Dawn's extension of `GPUAdapterInfo`, copied to plain objects. */
function subgroupMatrices(info: GPUAdapterInfo & { subgroupMatrixConfigs?: readonly SubgroupMatrix[] }) {
  return (info.subgroupMatrixConfigs ?? []).map(({ componentType, resultComponentType, M, N, K }) => ({
    componentType,
    resultComponentType,
    M,
    N,
    K,
  }));
}

function isSoftware({ architecture, description, device, isFallbackAdapter }: GPUAdapterInfo): boolean {
  return (
    isFallbackAdapter === true ||
    /swiftshader|llvmpipe|lavapipe|software/i.test(`${architecture} ${description} ${device}`)
  );
}
