import { BufferUsage } from '../../src/device/flags.ts';
import type { Gpu } from '../../src/device/gpu.ts';
import { defineKernel } from '../../src/device/kernel.ts';
import { componentPart, matrixUnit, matrixUnitConstants } from '../../src/kernels/gemm/matrix-tiles.ts';
import source from './fma-peak.wgsl';
import matrixSource from './matrix-peak.wgsl';

/** An adapter's measured peaks. */
export interface Peaks {
  /** Multiply-adds in f32, each counted as two operations, in GFLOP/s. */
  readonly gflops: number;
  /** The same by the matrix units used for f16 weights, if the adapter has them. */
  readonly matrixGflops?: number;
  /** A copy from buffer to buffer, bytes read and bytes written both counted, in GB/s. */
  readonly copyGBs: number;
}

const kernel = defineKernel({
  name: 'fma-peak',
  source,
  params: { turns: 'u32' },
  bind: { factors: 'read', y: 'write' },
});

const matrixKernel = defineKernel({
  name: 'matrix-peak',
  source: matrixSource,
  params: { turns: 'u32' },
  bind: { factors: 'read', y: 'write' },
});

const LANES_A_GROUP = 64;
/** 64 steps of eight chains. */
const FMAS_A_TURN = 64 * 8;
const RUNS = 20;
const COPY_BYTES = 64 << 20;

/** The best of several runs, since other load only lowers the result. */
export async function measurePeaks(gpu: Gpu): Promise<Peaks> {
  const matrixGflops = await matrixRate(gpu);
  return {
    gflops: await fmaRate(gpu),
    ...(matrixGflops === undefined ? {} : { matrixGflops }),
    copyGBs: await copyRate(gpu),
  };
}

async function matrixRate(gpu: Gpu): Promise<number | undefined> {
  const unit = matrixUnit(gpu.info, 'f16');
  if (!unit) return undefined;
  const groups = gpu.info.software ? 64 : 16_384;
  const turns = gpu.info.software ? 256 : 1024;
  const factors = gpu.upload(Float32Array.of(0.01, 0.01));
  const program = await gpu.record('matrix peak', (cmd) => {
    const y = cmd.alloc([groups]);
    cmd.dispatch(matrixKernel, {
      bind: { factors, y },
      params: { turns },
      groups,
      constants: { ...matrixUnitConstants(unit), LANES: gpu.info.subgroupMaxSize },
      parts: [componentPart[unit.component]],
    });
    return { inputs: {}, outputs: { y } };
  });
  try {
    const seconds = await shortest(() => program.run());
    const { unitM, unitN, unitK } = unit;
    return (groups * turns * 8 * 2 * unitM * unitN * unitK) / seconds / 1e9;
  } finally {
    program.destroy();
    gpu.free(factors);
  }
}

async function fmaRate(gpu: Gpu): Promise<number> {
  const groups = gpu.info.software ? 64 : 8192;
  const turns = gpu.info.software ? 256 : 512;
  const factors = gpu.upload(Float32Array.of(0.999, 0.001));
  const program = await gpu.record('fma peak', (cmd) => {
    const y = cmd.alloc([groups * LANES_A_GROUP]);
    cmd.dispatch(kernel, { bind: { factors, y }, params: { turns }, groups });
    return { inputs: {}, outputs: { y } };
  });
  try {
    const seconds = await shortest(() => program.run());
    return (groups * LANES_A_GROUP * turns * FMAS_A_TURN * 2) / seconds / 1e9;
  } finally {
    program.destroy();
    gpu.free(factors);
  }
}

async function copyRate(gpu: Gpu): Promise<number> {
  const usage = BufferUsage.COPY_SRC | BufferUsage.COPY_DST;
  const [from, to] = ['from', 'to'].map((name) => gpu.createBuffer(`copy ${name}`, COPY_BYTES, usage));
  if (!from || !to) throw new RangeError('two buffers were asked for');
  try {
    const seconds = await shortest(async () => {
      const encoder = gpu.device.createCommandEncoder({ label: 'copy' });
      encoder.copyBufferToBuffer(from, 0, to, 0, COPY_BYTES);
      gpu.device.queue.submit([encoder.finish()]);
      await gpu.finished(gpu.device.queue.onSubmittedWorkDone());
    });
    return (2 * COPY_BYTES) / seconds / 1e9;
  } finally {
    gpu.destroyBuffer(from);
    gpu.destroyBuffer(to);
  }
}

/** Seconds, after one run that compiles. */
async function shortest(run: () => Promise<unknown>): Promise<number> {
  await run();
  let best = Number.POSITIVE_INFINITY;
  for (let i = 0; i < RUNS; i++) {
    const begin = performance.now();
    await run();
    best = Math.min(best, performance.now() - begin);
  }
  return best / 1000;
}
