import { driverOf } from '../../src/node/vulkan.ts';

/** ONNX Runtime's own Dawn reads this variable at its first session; gives it the driver of our entry point. */
export function shareDriver(entry: GPU): void {
  const icd = driverOf(entry);
  if (icd) process.env.VK_ICD_FILENAMES = icd;
}
