// The judge is the adapter that a device says it is on.
import { describe, expect, test } from 'vitest';
import { requestGpu } from '../src/device/adapter.ts';
import { AdapterIndexError, SameNameAdapterError } from '../src/device/errors.ts';
import { adapterAt } from '../src/node/adapter-list.ts';
import { listAdapters, openWebGpu } from '../src/node/vulkan.ts';
import { cli } from './support/cli-run.ts';

const listed = await listAdapters();
const plain = (name: string) =>
  name
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, ' ')
    .trim();

describe('adapters of this machine by their index', () => {
  test('are listed, and each opens a device of its name', async () => {
    expect(listed.length).toBeGreaterThan(0);
    for (const [index, { name }] of listed.entries()) {
      const gpu = await requestGpu(await openWebGpu(`#${index}`));
      expect(plain(`${gpu.info.device} ${gpu.info.description}`)).toContain(plain(name).split(' ')[0]);
      gpu.destroy();
    }
  });

  test.runIf(listed.length === 2 && /llvmpipe/.test(listed[0]?.name ?? ''))(
    'lavapipe is 0 and SwiftShader 1',
    async () => {
      for (const [index, expected] of [/llvmpipe/i, /swiftshader/i].entries()) {
        const gpu = await requestGpu(await openWebGpu(`#${index}`));
        expect(`${gpu.info.device} ${gpu.info.description} ${gpu.info.architecture}`).toMatch(expected);
        gpu.destroy();
      }
    },
  );

  test('the command line takes the last one by --adapter-index, and doctor lists all', async () => {
    const last = listed.length - 1;
    const by = async (...options: string[]) => {
      const { stdout } = await cli([
        'bench',
        'kernel',
        'l2-normalize',
        '8x64',
        '--rounds',
        '1',
        '--json',
        ...options,
      ]);
      return JSON.parse(stdout).adapter as string;
    };
    const first = await by('--adapter-index', '0');
    const other = await by('--adapter-index', String(last));
    expect(first === other).toBe(last === 0);
    const report = JSON.parse((await cli(['doctor', '--json'])).stdout);
    expect(report.indices).toEqual(listed.map(({ name }) => name));
  });

  test('an index that is not there is an error that lists those that are', async () => {
    const { code, stderr } = await cli(['bench', 'kernel', 'layernorm', '8x64', '--adapter-index', '9']);
    expect(code).toBe(1);
    expect(stderr).toContain(`AdapterIndexError: there is no adapter 9; there are 0: ${listed[0]?.name}`);
  });

  test('--adapter and --adapter-index together are wrong usage', async () => {
    const { code } = await cli([
      'bench',
      'kernel',
      'layernorm',
      '8x64',
      '--adapter',
      'lavapipe',
      '--adapter-index',
      '0',
    ]);
    expect(code).toBe(2);
  });
});

describe('names that Dawn cannot tell apart', () => {
  const a100 = { name: 'NVIDIA A100', icd: 'nvidia.json' };

  test('the first of two equal ones can be had, the second is refused with what to do', () => {
    expect(adapterAt([a100, a100], 0)).toBe(a100);
    expect(() => adapterAt([a100, a100], 1)).toThrow(SameNameAdapterError);
    expect(() => adapterAt([a100, a100], 1)).toThrow(
      /^adapter 1 \(NVIDIA A100\) cannot be told from adapter 0: Dawn chooses by name; let this process see one GPU only/,
    );
  });

  test('a name that an earlier one contains is refused, the other way round it is not', () => {
    const long = { name: 'NVIDIA A100 80GB', icd: 'nvidia.json' };
    expect(() => adapterAt([long, a100], 1)).toThrow(SameNameAdapterError);
    expect(adapterAt([a100, long], 1)).toBe(long);
  });

  test('the same name of another driver is another adapter', () => {
    const other = { ...a100, icd: 'other.json' };
    expect(adapterAt([a100, other], 1)).toBe(other);
  });

  test('no adapter at all', () => {
    expect(() => adapterAt([], 0)).toThrow(AdapterIndexError);
    expect(() => adapterAt([], 0)).toThrow('there is no adapter 0; there is none');
  });
});
