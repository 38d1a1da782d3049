// The judge is the machine: what doctor says of an adapter is what a device on that adapter says of itself.
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { NoAdapterError } from '../src/device/errors.ts';
import { debianMirror } from '../src/node/apt-sources.ts';
import { doctorCommand } from '../src/node/commands/doctor.ts';
import { adviceFor } from '../src/node/commands/doctor-advice.ts';
import { PACKAGE_JSON } from '../src/node/package-files.ts';
import { Captured, cli } from './support/cli-run.ts';
import { testGpu } from './support/gpu.ts';

afterEach(() => {
  vi.unstubAllEnvs();
});

interface Adapter {
  name: string;
  usedByDefault: boolean;
  description?: string;
  features?: string[];
  limits?: Record<string, number>;
  error?: string;
}

test('JSON: the adapters that can be asked for, with features and limits', async () => {
  const wanted = process.env.BIOMEDCLIP_ADAPTER ?? 'software';
  const { code, stdout } = await cli(['doctor', '--json', '--adapter', wanted]);
  expect(code).toBe(0);
  const report = JSON.parse(stdout);
  expect(report.node).toBe(process.version);
  expect(report.platform).toContain(process.arch);
  const adapters: Adapter[] = report.adapters;
  expect(adapters.map(({ name }) => name).slice(0, 4)).toEqual([
    'default',
    'lavapipe',
    'swiftshader',
    'software',
  ]);
  expect(adapters[0]?.usedByDefault).toBe(adapters[0]?.error === undefined);

  const gpu = await testGpu();
  const name = process.env.BIOMEDCLIP_ADAPTER ?? 'default';
  const adapter = adapters.find((candidate) => candidate.name === name);
  expect(adapter?.description).toBe(gpu.info.description);
  for (const feature of ['shader-f16', 'subgroups', 'timestamp-query']) {
    expect(adapter?.features?.includes(feature)).toBe(gpu.info.features.has(feature));
  }
  expect(adapter?.limits?.maxStorageBufferBindingSize).toBe(gpu.device.limits.maxStorageBufferBindingSize);
  expect(adapter?.limits?.maxBufferSize).toBe(gpu.device.limits.maxBufferSize);
  gpu.destroy();
});

test('for people: the adapter that is used, and the drivers found', async () => {
  const stdout = new Captured();
  const session = {
    argv: ['doctor'],
    started: new Date(),
    io: { stdout, stderr: new Captured() },
    signal: new AbortController().signal,
    loadModel: () => Promise.reject(new Error('a model was loaded')),
    defaultModel: () => Promise.reject(new Error('a model was looked for')),
  };
  await doctorCommand({}, session, () => testGpu());
  const gpu = await testGpu();
  expect(stdout.text).toContain(`used by default: ${gpu.info.description} (${gpu.info.vendor} `);
  expect(stdout.text).toMatch(/--adapter software: .*, as above\n/);
  gpu.destroy();

  vi.stubEnv('VK_DRIVER_FILES', '/some/where/a.json:/b.json'); // read by the Vulkan loader, too
  const failing = doctorCommand({}, session, () =>
    Promise.reject(new NoAdapterError(undefined, 'nothing here')),
  );
  await expect(failing).rejects.toThrow(NoAdapterError);
  expect(stdout.text).toContain(
    'used by default: not usable: NoAdapterError: no WebGPU adapter: nothing here',
  );
});

describe('advice', () => {
  const adapter = { name: 'default', usedByDefault: true };
  const backports = 'apt-get install -t bookworm-backports mesa-vulkan-drivers';

  test('nothing where a GPU is used', () => {
    expect(adviceFor({ ...adapter, description: 'NVIDIA H200', software: false }, 'linux')).toEqual([]);
  });

  test('with lavapipe only a GPU’s driver is better', () => {
    const advice = adviceFor({ ...adapter, description: 'llvmpipe (LLVM 19)', software: true }, 'linux').join(
      '\n',
    );
    expect(advice).toContain('If there is a GPU, install its Vulkan driver');
    expect(advice).not.toContain(backports);
  });

  test('with SwiftShader or nothing, lavapipe is: the commands, and why Mesa 22.3 is not enough', () => {
    for (const used of [
      { ...adapter, description: 'SwiftShader driver 5.0.0', software: true },
      { ...adapter, usedByDefault: false, error: 'NoAdapterError: none' },
    ]) {
      const advice = adviceFor(used, 'linux').join('\n');
      expect(advice).toContain(backports);
      expect(advice).toContain('Mesa 22.3 lacks a Vulkan feature');
    }
  });

  test('with nothing at all, the optional package that brings SwiftShader', async () => {
    const { devDependencies } = JSON.parse(await readFile(PACKAGE_JSON, 'utf8'));
    const command = `npm install @sparticuz/chromium@${devDependencies['@sparticuz/chromium']}`;
    expect(adviceFor(undefined, 'linux')).toContain(`  ${command}`);
    const swiftShader = { ...adapter, description: 'SwiftShader driver 5.0.0', software: true };
    expect(adviceFor(swiftShader, 'linux').join()).not.toContain(command);
  });

  test('elsewhere the vendor’s driver', () => {
    expect(adviceFor({ ...adapter, error: 'none' }, 'win32').join(' ')).toBe(
      'No adapter works here. If there is a GPU, install its vendor’s current driver.',
    );
  });
});

describe('where the Debian packages come from', () => {
  const ONE_LINE = `# a comment
deb-src http://source.example/debian bookworm main
deb http://security.example/debian-security bookworm-security main
deb [arch=amd64 signed-by=/a/key.gpg]  http://mirror.example/debian bookworm main contrib
`;
  const DEB822 = `Types: deb
Enabled: no
URIs: http://old.example/debian
Suites: bookworm

Types: deb deb-src
# a comment
URIs: http://mirror.example/debian
Suites: bookworm-updates
 bookworm
Components: main
`;

  test.each([
    ['sources.list', ONE_LINE],
    ['sources.list.d/debian.list', ONE_LINE],
    ['sources.list.d/debian.sources', DEB822],
  ])('%s', async (file, text) => {
    const folder = await mkdtemp(join(tmpdir(), 'biomedclip-apt-'));
    await mkdir(join(folder, 'sources.list.d'));
    await writeFile(join(folder, file), text);
    const mirror = await debianMirror(folder);
    await rm(folder, { recursive: true });
    expect(mirror).toBe('http://mirror.example/debian');
    const advice = adviceFor(undefined, 'linux', mirror).join('\n');
    expect(advice).toContain('echo "deb http://mirror.example/debian bookworm-backports main" >');
  });

  test('is a plain word where none is named', async () => {
    expect(await debianMirror('/nonexistent')).toBeUndefined();
    expect(adviceFor(undefined, 'linux').join('\n')).toContain('"deb YOUR-DEBIAN-MIRROR bookworm-backports');
  });
});
