import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Commands, Recorder } from '../src/device/commands.ts';
import {
  AliasedTensorError,
  DeviceLimitError,
  DeviceLostError,
  GpuInternalError,
  GpuOutOfMemoryError,
  GpuValidationError,
  NoAdapterError,
  ShaderError,
} from '../src/device/errors.ts';
import { BufferUsage } from '../src/device/flags.ts';
import { Gpu } from '../src/device/gpu.ts';
import { defineKernel, spreadGroups } from '../src/device/kernel.ts';
import { encodeStep } from '../src/device/program.ts';
import { ProgramCache } from '../src/device/program-cache.ts';
import type { Tensor } from '../src/device/tensor.ts';
import { toggleFlags } from '../src/device/toggles.ts';
import { DestroyedError, InvalidOptionError } from '../src/errors.ts';
import { openWebGpu } from '../src/node/vulkan.ts';
import { testGpu } from './support/gpu.ts';

let gpu: Gpu;
beforeAll(async () => {
  gpu = await testGpu();
});
afterAll(() => gpu.destroy());

const addOneSource = `
struct Params { count: u32 }
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read_write> y: array<f32>;
@compute @workgroup_size(8)
fn main(@builtin(global_invocation_id) id: vec3u) {
  if (id.x < params.count) { y[id.x] = x[id.x] + 1.0; }
}`;
const interfaceOf = { params: { count: 'u32' }, bind: { x: 'read', y: 'write' } } as const;
const addOneKernel = defineKernel({ name: 'add-one', source: addOneSource, ...interfaceOf });

function addOne(cmd: Commands, x: Tensor, kernel = addOneKernel, y = cmd.alloc(x.shape)): Tensor {
  cmd.dispatch(kernel, { bind: { x, y }, params: { count: x.size }, groups: Math.ceil(x.size / 8) });
  return y;
}

/** y = x + 1 + 1 + 1 for x `[count]`. */
function recordThree(on: Gpu, count: number) {
  return on.record(`three of ${count}`, (cmd) => {
    const x = cmd.input([count]);
    return { inputs: { x }, outputs: { y: addOne(cmd, addOne(cmd, addOne(cmd, x))) } };
  });
}

describe('a recorded program', () => {
  test('is replayed with new inputs and makes no buffer', async () => {
    const program = await recordThree(gpu, 20);
    const before = { ...gpu.counters };
    for (let i = 0; i < 5; i++) {
      const { y } = await program.run({ x: new Float32Array(20).fill(i) });
      expect([...y]).toEqual(new Array(20).fill(i + 3));
    }
    expect(gpu.counters).toEqual({
      ...before,
      dispatches: before.dispatches + 15,
      submits: before.submits + 5,
      readBacks: before.readBacks + 5,
    });
    program.destroy();
  });

  test('runs that overlap get their own outputs, more of them than may be in flight too', async () => {
    for (const inFlight of [1, 2]) {
      const build = (cmd: Recorder) => {
        const x = cmd.input([4]);
        return { inputs: { x }, outputs: { y: addOne(cmd, x) } };
      };
      const program = await gpu.record('overlapping', build, { inFlight });
      const before = { ...gpu.counters };
      const values = [10, 20, 30, 40, 50];
      const runs = values.map((value) => program.run({ x: new Float32Array(4).fill(value) }));
      expect(gpu.counters.submits - before.submits).toBe(inFlight); // without anything awaited
      const results = await Promise.all(runs);
      expect(results.map(({ y }) => y[0])).toEqual([11, 21, 31, 41, 51]);
      expect(gpu.counters.buffersCreated).toBe(before.buffersCreated);
      program.destroy();
    }
  });

  test('a prologue records into the same submit, and may write an input', async () => {
    const program = await recordThree(gpu, 4);
    const source = gpu.upload(Float32Array.of(5, 6, 7, 8));
    const copy = await gpu.record('copy', (cmd) => ({
      inputs: {},
      outputs: { y: addOne(cmd, source, addOneKernel, program.recording.inputs.x) },
    }));
    const { submits } = gpu.counters;
    const { y } = await program.run({}, (encoder) => {
      const pass = encoder.beginComputePass();
      for (const step of copy.steps) encodeStep(pass, step);
      pass.end();
    });
    expect([...y]).toEqual([9, 10, 11, 12]);
    expect(gpu.counters.submits).toBe(submits + 1);
    copy.destroy();
    program.destroy();
    gpu.free(source);
  });

  test('keeps the inputs that a run leaves out', async () => {
    const program = await recordThree(gpu, 4);
    await program.run({ x: Float32Array.of(1, 2, 3, 4) });
    expect([...(await program.run()).y]).toEqual([4, 5, 6, 7]);
    program.destroy();
  });

  test('counts its bytes, and gives all of them back', async () => {
    const { buffersAlive, bytesAlive } = gpu.counters;
    const program = await recordThree(gpu, 20);
    expect(gpu.counters.bytesAlive - bytesAlive).toBe(program.bytes);
    program.destroy();
    program.destroy();
    expect(gpu.counters).toMatchObject({ buffersAlive, bytesAlive });
  });

  test.each([{ written: 'input' }, { written: 'view' }])(
    'may not read and write one tensor: %o',
    async ({ written }) => {
      const recording = gpu.record('alias', (cmd) => {
        const x = cmd.input([8]);
        const y = written === 'view' ? { ...x, shape: [2, 4] } : x;
        return { inputs: { x }, outputs: { y: addOne(cmd, x, addOneKernel, y) } };
      });
      await expect(recording).rejects.toThrow(new AliasedTensorError('add-one', 'y', 'x'));
    },
  );
});

describe('errors of WebGPU', () => {
  test('a refused command is a GpuValidationError; the program and the device stay usable', async () => {
    const { bytesAlive } = gpu.counters;
    const program = await gpu.record('odd', (cmd) => {
      const x = cmd.input([8]);
      const y = cmd.alloc([8]);
      cmd.dispatch(addOneKernel, { bind: { x, y }, params: { count: 8 }, groups: [1, 70_000] });
      return { inputs: { x }, outputs: { y } };
    });
    for (let i = 0; i < 2; i++) {
      const failure = await program.run({ x: new Float32Array(8) }).catch((error: unknown) => error);
      expect(failure).toBeInstanceOf(GpuValidationError);
      expect(String(failure)).toMatch(/^GpuValidationError: odd: WebGPU validation failed: .*workgroup/is);
    }
    program.destroy();
    const good = await recordThree(gpu, 8);
    expect((await good.run({ x: new Float32Array(8) })).y[7]).toBe(3);
    good.destroy();
    expect(gpu.counters.bytesAlive).toBe(bytesAlive);
  });

  test('a recording that is refused leaves no memory behind', async () => {
    const other = await testGpu();
    const foreign = other.empty([8]);
    const { bytesAlive } = gpu.counters;
    const refused = gpu.record('refused', (cmd) => ({ inputs: {}, outputs: { y: addOne(cmd, foreign) } }));
    await expect(refused).rejects.toThrow(GpuValidationError);
    expect(gpu.counters.bytesAlive).toBe(bytesAlive);
    other.destroy();
  });

  test('a kernel whose bindings are not those of its shader is a GpuValidationError that names it', async () => {
    const kernel = defineKernel({
      name: 'lacks-y',
      source: addOneSource.replace('+ 1.0', '+ 2.0'), // compiled kernels are told apart by their code
      params: { count: 'u32' },
      bind: { x: 'read' },
    });
    const refused = gpu.compute('refused', (cmd) => {
      const x = cmd.input([8]);
      cmd.dispatch(kernel, { bind: { x }, params: { count: 8 }, groups: 1 });
      return { inputs: { x }, outputs: {} };
    });
    await expect(refused).rejects.toMatchObject({ name: 'GpuValidationError', step: 'lacks-y' });
  });

  test('memory that the driver refuses is a GpuOutOfMemoryError; the device stays usable', async ({
    skip,
  }) => {
    const { device } = gpu;
    const size = device.limits.maxBufferSize;
    const rounded = /llvmpipe/.test(gpu.info.description) && size === 2 ** 32 - 1; // up, beyond what it can give
    if (!rounded) skip('only lavapipe is known to refuse what its limits allow');
    const refused = gpu.guard('huge', () =>
      device.createBuffer({ size, usage: BufferUsage.STORAGE }).destroy(),
    );
    await expect(refused).rejects.toMatchObject({ name: 'GpuOutOfMemoryError', step: 'huge' });
    expect((await (await recordThree(gpu, 1)).run({ x: Float32Array.of(1) })).y[0]).toBe(4);
  });

  test.each([
    { filter: 'out-of-memory', error: GpuOutOfMemoryError },
    { filter: 'internal', error: GpuInternalError },
  ])(
    'what WebGPU reports in the scope for $filter is said, and nothing is kept',
    async ({ filter, error }) => {
      const own = await testGpu();
      const scopes: GPUErrorFilter[] = [];
      Object.assign(own.device, {
        pushErrorScope: (pushed: GPUErrorFilter) => scopes.push(pushed),
        popErrorScope: async () => (scopes.pop() === filter ? { message: 'from the driver' } : null),
      });
      const { bytesAlive } = own.counters;
      await expect(recordThree(own, 8)).rejects.toThrow(error);
      await expect(recordThree(own, 8)).rejects.toThrow(/^three of 8: .*from the driver/);
      const advised = own.record('advised', (cmd) => ({ inputs: {}, outputs: { y: cmd.input([8]) } }), {
        advice: 'use less',
      });
      if (filter === 'out-of-memory') await expect(advised).rejects.toThrow(/; use less$/);
      else await expect(advised).rejects.toThrow(error);
      expect(own.counters.bytesAlive).toBe(bytesAlive);
      own.destroy();
    },
  );

  test('an upload outside of any call that WebGPU refuses ends the call that reads it', async () => {
    const own = await testGpu();
    const x = own.empty([8]);
    const program = await own.record('reads x', (cmd) => ({ inputs: {}, outputs: { y: addOne(cmd, x) } }));
    await program.run();
    own.device.queue.writeBuffer = () => own.device.createBuffer({ size: 4, usage: 0 }) as never;
    own.write(x, new Float32Array(8));
    await expect(program.run()).rejects.toThrow(GpuValidationError);
    await expect(program.run()).rejects.toThrow(GpuValidationError); // x has still not what was to be written
    own.destroy();
  });

  test('a map that WebGPU refuses, and a mapped buffer without memory, are errors of this package', async () => {
    const own = await testGpu();
    await expect(
      own.guard('map', async () => {
        throw new DOMException('refused', 'OperationError');
      }),
    ).rejects.toThrow(/^map: the GPU driver failed: refused$/);
    own.device.createBuffer = () => {
      throw new RangeError('createBuffer failed, size is too large for the implementation');
    };
    const { bytesAlive } = own.counters;
    await expect(own.allocateBuffer('staging', 256, 6, true)).rejects.toThrow(GpuOutOfMemoryError);
    expect(own.counters.bytesAlive).toBe(bytesAlive);
    own.destroy();
  });

  test('a shader that does not compile is a ShaderError that shows the line', async () => {
    const source = addOneSource.replace('x[id.x] + 1.0', 'x[id.x] + wrong');
    const kernel = defineKernel({ name: 'broken', source, ...interfaceOf });
    for (let i = 0; i < 2; i++) {
      const failure = await gpu
        .compute('broken', (cmd) => ({ inputs: {}, outputs: { y: addOne(cmd, cmd.input([8]), kernel) } }))
        .catch((error: unknown) => error);
      expect(failure).toBeInstanceOf(ShaderError);
      expect(String(failure)).toMatch(
        /broken\.wgsl does not compile:\n.*wrong.*\n {2}8 \| .*\+ wrong; }\n.*\^/,
      );
    }
    expect((await (await recordThree(gpu, 1)).run({ x: Float32Array.of(1) })).y[0]).toBe(4);
  });

  test('too large a tensor is a DeviceLimitError before WebGPU sees it', async () => {
    const { maxStorageBufferBindingSize, maxBufferSize } = gpu.device.limits;
    const values = maxStorageBufferBindingSize / 4 + 1;
    expect(() => gpu.empty([values])).toThrow(DeviceLimitError);
    for (const more of [1, 4]) {
      expect(() => gpu.createBuffer('huge', maxBufferSize + more, 128)).toThrow(DeviceLimitError);
    }
    const whole = maxBufferSize % 4 === 0; // else rounding up to words would pass the limit
    if (!whole) expect(() => gpu.createBuffer('huge', maxBufferSize, 128)).toThrow(DeviceLimitError);
    const { buffersCreated } = gpu.counters;
    await expect(recordThree(gpu, values)).rejects.toMatchObject({
      name: 'DeviceLimitError',
      needed: values * 4,
      limit: maxStorageBufferBindingSize,
      message: expect.stringMatching(/^three of \d+ \(bytes\) needs [\d,]+, the device allows [\d,]+; /),
    });
    expect(gpu.counters.buffersCreated).toBe(buffersCreated);
  });

  test('a tensor without memory, or too small for what is written, says so', () => {
    const tensor = gpu.empty([4]);
    expect(() => gpu.write(tensor, new Float32Array(5))).toThrow(RangeError);
    expect(() => gpu.write(tensor, new Float32Array(2), 3)).toThrow(RangeError);
    gpu.free(tensor);
    gpu.free(tensor);
    expect(() => gpu.write(tensor, new Float32Array(1))).toThrow(TypeError);
  });
});

describe('a device that is gone', () => {
  test('lost while a call runs: that call and all later ones end in a DeviceLostError', async () => {
    const own = await testGpu();
    const program = await recordThree(own, 8);
    const running = program.run({ x: new Float32Array(8) });
    own.device.destroy(); // from outside, as a driver reset would
    await expect(running).rejects.toThrow(DeviceLostError);
    await expect(program.run({ x: new Float32Array(8) })).rejects.toThrow(DeviceLostError);
    await expect(recordThree(own, 9)).rejects.toThrow(DeviceLostError);
    expect(() => own.empty([1])).toThrow(DeviceLostError);
    own.destroy();
  });

  test('lost while a kernel compiles: a DeviceLostError', async () => {
    const own = await testGpu();
    const recording = recordThree(own, 8);
    own.device.destroy();
    await expect(recording).rejects.toThrow(DeviceLostError);
    own.destroy();
  });

  test('destroyed by `destroy`: a DestroyedError, also for what is running', async () => {
    const own = await testGpu();
    const program = await recordThree(own, 8);
    const running = program.run({ x: new Float32Array(8) });
    own.destroy();
    own.destroy();
    await expect(running).rejects.toThrow(DestroyedError);
    await expect(program.run()).rejects.toThrow(DestroyedError);
    expect(own.counters).toMatchObject({ buffersAlive: 0, bytesAlive: 0 });
    program.destroy();
    expect(own.counters).toMatchObject({ buffersAlive: 0, bytesAlive: 0 });
  });

  test('a caller’s device is left alive, without what was made on it', async () => {
    const guest = new Gpu(gpu.device, gpu.info, false);
    await recordThree(guest, 8);
    await guest[Symbol.asyncDispose]();
    expect(guest.counters.bytesAlive).toBe(0);
    await expect(recordThree(guest, 8)).rejects.toThrow(DestroyedError);
    expect((await (await recordThree(gpu, 1)).run({ x: Float32Array.of(1) })).y[0]).toBe(4);
  });
});

describe('which adapter', () => {
  test('two devices at once, each with its own memory', async () => {
    const [a, b] = await Promise.all([testGpu(), testGpu()]);
    const [one, two] = await Promise.all([recordThree(a, 3), recordThree(b, 3)]);
    const results = await Promise.all([
      one.run({ x: Float32Array.of(1, 2, 3) }),
      two.run({ x: Float32Array.of(10, 20, 30) }),
    ]);
    expect(results.map(({ y }) => [...y])).toEqual([
      [4, 5, 6],
      [13, 23, 33],
    ]);
    a.destroy();
    expect((await two.run()).y[0]).toBe(13);
    b.destroy();
  });

  test('an unknown name is a NoAdapterError that lists what there is', async () => {
    const failure = await openWebGpu('Voodoo 2').catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(NoAdapterError);
    expect(failure).toMatchObject({ wanted: 'Voodoo 2' });
    expect(String(failure)).toMatch(
      /no WebGPU adapter matches "Voodoo 2": .*(llvmpipe|SwiftShader|NVIDIA)/is,
    );
  });

  test('an instance serves again, whose driver has threads that stay', async () => {
    const name = process.env.BIOMEDCLIP_ADAPTER;
    expect(await openWebGpu(name)).toBe(await openWebGpu(name));
    expect(await openWebGpu(name, ['skip_validation'])).not.toBe(await openWebGpu(name));
  });

  test('a toggle that Dawn would ignore is an InvalidOptionError', async () => {
    expect(toggleFlags(['disable_robustness', '-timestamp_quantization'])).toEqual([
      'enable-dawn-features=disable_robustness',
      'disable-dawn-features=timestamp_quantization',
    ]);
    expect(toggleFlags([])).toEqual([]);
    expect(() => toggleFlags(['disable_robustnes'])).toThrow(InvalidOptionError);
    await expect(openWebGpu(undefined, ['fast'])).rejects.toThrow(InvalidOptionError);
  });

  test('features that are not wanted are not there', async () => {
    const without = await testGpu({ withoutFeatures: ['subgroups', 'shader-f16', 'timestamp-query'] });
    expect([...without.info.features].filter((f) => /subgroups|f16|timestamp/.test(f))).toEqual([]);
    without.destroy();
  });
});

test('workgroups beyond one axis are spread over two, as few too many as can be', () => {
  expect(spreadGroups(65_535)).toEqual([65_535, 1, 1]);
  expect(spreadGroups(65_536)).toEqual([32_768, 2, 1]);
  expect(spreadGroups(70_001)).toEqual([35_001, 2, 1]);
  expect(spreadGroups([3, 4])).toEqual([3, 4, 1]);
});

describe('programs by shape', () => {
  const counts = [1000, 1001, 1002, 1003];

  test('the least recently used go when together they hold too many bytes', async () => {
    const { bytesAlive } = gpu.counters;
    const sample = await recordThree(gpu, 1003);
    const cache = new ProgramCache<typeof sample.recording>(3 * sample.bytes);
    sample.destroy();
    const recorded: number[] = [];
    const get = (count: number) =>
      cache.get(String(count), () => {
        recorded.push(count);
        return recordThree(gpu, count);
      });
    for (const count of counts.slice(0, 3)) await get(count);
    await get(1000); // now 1001 is the oldest
    await get(1003);
    expect(recorded).toEqual([1000, 1001, 1002, 1003]);
    await get(1000);
    await get(1002);
    expect(recorded).toEqual([1000, 1001, 1002, 1003]);
    await get(1001);
    expect(recorded).toEqual([1000, 1001, 1002, 1003, 1001]);
    cache.destroy();
    expect(gpu.counters.bytesAlive).toBe(bytesAlive);
  });

  test('one that is under way gives its outputs although it has to go, and goes then', async () => {
    const { bytesAlive } = gpu.counters;
    const cache = new ProgramCache<Awaited<ReturnType<typeof recordThree>>['recording']>(1);
    const first = await cache.get('a', () => recordThree(gpu, 4));
    let running: ReturnType<typeof first.run> | undefined;
    const second = await cache.get('b', async () => {
      const recorded = await recordThree(gpu, 5);
      running = first.run({ x: Float32Array.of(1, 2, 3, 4) }); // so late that it cannot be done when it has to go
      return recorded;
    });
    expect(gpu.counters.bytesAlive).toBe(bytesAlive + first.bytes + second.bytes);
    expect([...((await running)?.y ?? [])]).toEqual([4, 5, 6, 7]);
    expect(gpu.counters.bytesAlive).toBe(bytesAlive + second.bytes);
    cache.destroy();
    expect(gpu.counters.bytesAlive).toBe(bytesAlive);
  });

  test('one that is larger than the budget alone is kept while it is used', async () => {
    const { bytesAlive } = gpu.counters;
    const cache = new ProgramCache<Awaited<ReturnType<typeof recordThree>>['recording']>(1);
    const first = await cache.get('a', () => recordThree(gpu, 4));
    expect((await first.run({ x: new Float32Array(4) })).y[0]).toBe(3);
    const second = await cache.get('b', () => recordThree(gpu, 5));
    expect((await second.run({ x: new Float32Array(5) })).y[0]).toBe(3);
    expect(gpu.counters.bytesAlive).toBe(bytesAlive + second.bytes);
    cache.destroy();
  });
});
