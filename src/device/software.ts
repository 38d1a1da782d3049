import type { DeviceInfo } from './adapter.ts';

/**
 * The one subgroup size of a software adapter, for kernels in which a workgroup is a subgroup; undefined on GPUs,
 * without the feature, and where subgroups come in several sizes.
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
