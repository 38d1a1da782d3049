import type { DeviceInfo } from './adapter.ts';

/**
 * A software adapter's subgroup size, for kernels whose workgroup is one subgroup. Undefined on GPUs, without the
 * feature, and if the size varies.
 */
export function softwareSubgroup({
  software,
  features,
  subgroupMinSize,
  subgroupMaxSize,
}: DeviceInfo): 4 | 8 | undefined {
  if (!software || !features.has('subgroups') || subgroupMinSize !== subgroupMaxSize) return undefined;
  return subgroupMinSize === 4 || subgroupMinSize === 8 ? subgroupMinSize : undefined;
}

/** What differs on software adapters, which run a workgroup's invocations one after the other on a core. */
export function forAdapter<T>(
  { info }: { readonly info: Pick<DeviceInfo, 'software'> },
  { software, hardware }: { readonly software: T; readonly hardware: T },
): T {
  return info.software ? software : hardware;
}

/** Workgroup size of kernels with barriers: on software adapters each invocation beyond a subgroup costs time. */
export function workgroupSize(
  gpu: { readonly info: Pick<DeviceInfo, 'software'> },
  hardware: number,
): number {
  return forAdapter(gpu, { software: 8, hardware });
}
