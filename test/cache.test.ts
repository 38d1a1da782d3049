import { existsSync } from 'node:fs';
import { chmod, chown, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { brotliCompressSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { cacheDirectory, cachedFolder } from '../src/node/cache.ts';
import { unpackSwiftShader } from '../src/node/swiftshader.ts';
import { openWebGpu } from '../src/node/vulkan.ts';
import { listVulkanDrivers } from '../src/node/vulkan-drivers.ts';
import { CacheFolderError, DamagedDriverError } from '../src/platform/errors.ts';

const NOBODY = 65534;
const isRoot = process.geteuid?.() === 0;
const hasLavapipe = (await listVulkanDrivers()).some((path) => path.includes('lvp_icd'));

let home: string;
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'biomedclip-cache-'));
  vi.stubEnv('XDG_CACHE_HOME', home);
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await rm(home, { recursive: true, force: true });
});

const fill = (folder: string) => writeFile(join(folder, 'file'), 'whole');

/** Root may write anywhere, so the test goes on as somebody who may not. */
async function unprivileged<T>(call: () => Promise<T>): Promise<T> {
  if (isRoot) process.seteuid?.(NOBODY);
  try {
    return await call();
  } finally {
    if (isRoot) process.seteuid?.(0);
  }
}

describe('where it lies', () => {
  test.each(['', 'relative/path'])('XDG_CACHE_HOME "%s" counts as none', (named) => {
    vi.stubEnv('XDG_CACHE_HOME', named);
    expect(cacheDirectory()).toBe(join(homedir(), '.cache', 'biomedclip-webgpu'));
  });

  test('an absolute one is taken', () => {
    expect(cacheDirectory()).toBe(join(home, 'biomedclip-webgpu'));
  });
});

describe('filling a folder', () => {
  test('is seen by nobody before it is whole', async () => {
    const place = join(cacheDirectory(), 'a');
    const folder = await cachedFolder('a', async (scratch) => {
      expect(scratch).not.toBe(place);
      await fill(scratch);
      expect(existsSync(place)).toBe(false);
    });
    expect(folder).toBe(place);
    expect(await readdir(cacheDirectory())).toEqual(['a']);
  });

  test('that fails leaves nothing, and the next one fills it', async () => {
    const failing = cachedFolder('a', async (scratch) => {
      await fill(scratch);
      throw new Error('half-way');
    });
    await expect(failing).rejects.toThrow('half-way');
    expect(await readdir(cacheDirectory())).toEqual([]);
    expect(await readFile(join(await cachedFolder('a', fill), 'file'), 'utf8')).toBe('whole');
  });

  test('twice at once gives one whole folder', async () => {
    const folders = await Promise.all([cachedFolder('a', fill), cachedFolder('a', fill)]);
    expect(new Set(folders).size).toBe(1);
    expect(await readdir(cacheDirectory())).toEqual(['a']);
  });
});

describe('a cache that is not to be used', () => {
  const inTemporary = expect.stringMatching(new RegExp(`^${join(tmpdir(), 'biomedclip-webgpu-')}`));

  test('where nothing can be written, a private folder is', async () => {
    await chmod(home, 0o555);
    const folder = await unprivileged(() => cachedFolder('unwritable', fill));
    expect(folder).toEqual(inTemporary);
    expect((await stat(dirname(folder))).mode & 0o777).toBe(0o700);
    expect(await readFile(join(folder, 'file'), 'utf8')).toBe('whole');
  });

  test('nor where others can write it', async () => {
    await mkdir(cacheDirectory());
    await chmod(cacheDirectory(), 0o777);
    expect(await cachedFolder('shared', fill)).toEqual(inTemporary);
  });

  test.runIf(isRoot)('nor where it is somebody else’s', async () => {
    await mkdir(cacheDirectory());
    await chown(cacheDirectory(), NOBODY, NOBODY);
    expect(await cachedFolder('theirs', fill)).toEqual(inTemporary);
  });

  test('a folder in it that others can write is filled anew', async () => {
    const folder = await cachedFolder('a', fill);
    await writeFile(join(folder, 'file'), 'planted');
    await chmod(folder, 0o777);
    expect(await cachedFolder('a', fill)).toBe(folder);
    expect(await readFile(join(folder, 'file'), 'utf8')).toBe('whole');
  });

  test('nothing at all to write into is a typed error', async () => {
    vi.resetModules(); // without the private folder that it has by now
    const { cachedFolder: fresh } = await import('../src/node/cache.ts');
    const file = join(home, 'file');
    await fill(home);
    vi.stubEnv('XDG_CACHE_HOME', file);
    vi.stubEnv('TMPDIR', file);
    const failure = await fresh('a', fill).catch((error: unknown) => error);
    expect(failure).toMatchObject({ name: CacheFolderError.name, folders: [cacheDirectory(), file] });
    expect(String(failure)).toContain('set XDG_CACHE_HOME to a folder of your own');
  });
});

describe.runIf(process.platform === 'linux' && process.arch === 'x64')('SwiftShader', () => {
  async function unpacked(): Promise<string> {
    return dirname((await unpackSwiftShader())?.icd ?? '');
  }

  test('belongs to the user who unpacks it, and to nobody else', async () => {
    const folder = await unpacked();
    for (const file of [folder, ...(await readdir(folder)).map((name) => join(folder, name))]) {
      const { uid, mode } = await stat(file);
      expect([file, uid, mode & 0o077]).toEqual([file, process.geteuid?.(), 0]);
    }
  });

  test('of another version is an error that names the version to install', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'biomedclip-chromium-'));
    await writeFile(join(folder, 'package.json'), '{ "version": "153.0.0" }');
    const archive = join(folder, 'bin/swiftshader.tar.br');
    const failure = () => unpackSwiftShader(archive).catch((error: unknown) => error);
    const expected = `${archive}: is of version 153.0.0, not of 147.0.0, whose SwiftShader is known; npm install @sparticuz/chromium@147.0.0`;
    expect(await failure()).toEqual(new DamagedDriverError(archive, '153.0.0')); // it has no such file
    await mkdir(dirname(archive));
    await writeFile(archive, brotliCompressSync(new Uint8Array(1024))); // an archive of other files
    expect(await failure()).toMatchObject({ version: '153.0.0', message: expected });
    await rm(folder, { recursive: true });
  });

  test('that was changed is unpacked again', async () => {
    const driver = join(await unpacked(), 'libvk_swiftshader.so');
    const whole = await readFile(driver);
    await writeFile(driver, 'planted');
    await unpacked();
    expect((await readFile(driver)).equals(whole)).toBe(true);
  });

  test('works without a home that can be written', async () => {
    await chmod(home, 0o555);
    const gpu = await unprivileged(() => openWebGpu('swiftshader'));
    expect((await gpu.requestAdapter())?.info.description).toMatch(/swiftshader/i);
  });

  test.runIf(hasLavapipe)('is not unpacked where another driver is asked for', async () => {
    await openWebGpu('lavapipe');
    expect(existsSync(cacheDirectory())).toBe(false);
  });
});
