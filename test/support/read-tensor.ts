import { BufferUsage, MAP_MODE_READ } from '../../src/device/flags.ts';
import type { Gpu } from '../../src/device/gpu.ts';
import { byteLength, type Tensor } from '../../src/device/tensor.ts';

/** Copies a tensor of any type back, outside any program. */
export async function readTensor(gpu: Gpu, tensor: Tensor): Promise<Uint32Array> {
  const { buffer } = tensor.storage;
  if (!buffer) throw new Error('the tensor has no memory');
  const bytes = byteLength(tensor);
  const copy = gpu.createBuffer('read-tensor', bytes, BufferUsage.MAP_READ | BufferUsage.COPY_DST);
  const encoder = gpu.device.createCommandEncoder();
  encoder.copyBufferToBuffer(buffer, 0, copy, 0, bytes);
  gpu.device.queue.submit([encoder.finish()]);
  await copy.mapAsync(MAP_MODE_READ);
  const values = new Uint32Array(copy.getMappedRange().slice(0));
  gpu.destroyBuffer(copy);
  return values;
}
